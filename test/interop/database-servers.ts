/** Real PostgreSQL and MariaDB servers in folders of their own, as the unprivileged users that they insist on. */
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../fakes/free-port.ts";
import { isAccepting } from "./accepting.ts";
import type { CertificateFiles } from "./certificates.ts";
import { folderOf, type ProcessGroup, removeFolder, startGroup, untilReady, userNamed } from "./process-group.ts";

export interface DatabaseServer extends ProcessGroup {
  readonly port: number;
  /** For the socket, and for files of the test. */
  readonly folder: string;
  readonly data: string;
  /** Runs statements as its superuser, and gives what the last one returns. */
  sql(text: string): string;
}

export interface DatabasePlan {
  /** Where data lies; absent: in a folder of the server's own. */
  readonly data?: string;
  readonly certificate?: CertificateFiles;
  /** Whose copy it follows. */
  readonly source?: DatabaseServer;
  /** Further lines of its configuration (PostgreSQL) or arguments (MariaDB). */
  readonly settings?: readonly string[];
}

/** Debian keeps each version's programs in a folder of its own. */
export function postgresProgram(name: string): string {
  const [version] = readdirSync("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a));
  if (version === undefined) throw new Error("Debian package postgresql is not installed");
  return join("/usr/lib/postgresql", version, "bin", name);
}

export async function startPostgres(plan: DatabasePlan = {}): Promise<DatabaseServer> {
  const user = userNamed("postgres");
  const folder = folderOf("postgres", user);
  const data = plan.data ?? join(folder, "data");
  const port = await freePort();
  const quiet = { ...user, cwd: folder, stdio: "pipe" } as const;
  if (plan.source === undefined) {
    execFileSync(postgresProgram("initdb"), ["-D", data, "-A", "trust", "-U", "postgres", "-N"], quiet);
    writeFileSync(join(data, "pg_hba.conf"), hostRules);
  } else {
    const from = ["-h", plan.source.folder, "-p", `${plan.source.port}`, "-U", "postgres"];
    execFileSync(postgresProgram("pg_basebackup"), ["-D", data, "-R", "-c", "fast", ...from], quiet);
  }
  const more = [`port = ${port}`, `unix_socket_directories = '${folder}'`, ...(plan.settings ?? [])];
  writeFileSync(join(data, "muster.conf"), [...postgresSettings, ...tlsLines(folder, plan), ...more].join("\n"));
  const group = startGroup(
    [postgresProgram("postgres"), "-D", data, `--config-file=${join(data, "muster.conf")}`],
    user,
  );
  const sql = (text: string): string => {
    const args = [
      "-h",
      folder,
      "-p",
      `${port}`,
      "-U",
      "postgres",
      "-At",
      "-v",
      "ON_ERROR_STOP=1",
      "-c",
      text,
      "postgres",
    ];
    return execFileSync(postgresProgram("psql"), args, { encoding: "utf8", stdio: "pipe" }).trim();
  };
  await untilReady(group, () => doesRun(() => sql("SELECT 1")));
  return { ...ending(group, folder), port, folder, data, sql };
}

const hostRules = `local all,replication all trust
host all clear 127.0.0.1/32 password
host all old 127.0.0.1/32 md5
host all all 127.0.0.1/32 scram-sha-256
`;
const postgresSettings = ["listen_addresses = '127.0.0.1'", "fsync = off", "wal_level = replica", "hot_standby = on"];

/** The server wants a key that is its own. */
function tlsLines(folder: string, { certificate }: DatabasePlan): readonly string[] {
  if (certificate === undefined) return [];
  const key = join(folder, "server.key");
  execFileSync("install", ["-o", "postgres", "-m", "600", certificate.key, key]);
  execFileSync("install", ["-o", "postgres", certificate.cert, join(folder, "server.pem")]);
  return ["ssl = on", `ssl_cert_file = '${folder}/server.pem'`, `ssl_key_file = '${key}'`];
}

export async function startMariadb(plan: DatabasePlan = {}): Promise<DatabaseServer> {
  const user = userNamed("mysql");
  const folder = folderOf("mariadb", user);
  const data = plan.data ?? join(folder, "data");
  const port = await freePort();
  const install = ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"];
  execFileSync("mariadb-install-db", [...install, ...smallFiles], { ...user, cwd: folder, stdio: "pipe" });
  const socket = join(folder, "socket");
  const places = [`--datadir=${data}`, `--socket=${socket}`, `--port=${port}`, `--pid-file=${folder}/pid`];
  const tls = mariadbTls(folder, plan);
  const args = [
    "--no-defaults",
    "--bind-address=127.0.0.1",
    ...places,
    ...smallFiles,
    ...tls,
    ...(plan.settings ?? []),
  ];
  const group = startGroup(["mariadbd", ...args], user);
  const sql = (text: string): string => {
    const client = ["--no-defaults", `--socket=${socket}`, "-u", "root", "-BN", "-e", text];
    return execFileSync("mariadb", client, { encoding: "utf8", stdio: "pipe" }).trim();
  };
  await untilReady(group, async () => (await isAccepting(port)) && doesRun(() => sql("SELECT 1")));
  return { ...ending(group, folder), port, folder, data, sql };
}

const smallFiles = ["--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"];

function mariadbTls(folder: string, { certificate }: DatabasePlan): readonly string[] {
  if (certificate === undefined) return [];
  execFileSync("install", ["-o", "mysql", "-m", "600", certificate.key, join(folder, "server.key")]);
  execFileSync("install", ["-o", "mysql", certificate.cert, join(folder, "server.pem")]);
  return [`--ssl-cert=${folder}/server.pem`, `--ssl-key=${folder}/server.key`];
}

function doesRun(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function ending(group: ProcessGroup, folder: string): ProcessGroup {
  return {
    ...group,
    stop: async (signal) => {
      await group.stop(signal);
      removeFolder(folder);
    },
  };
}
