/**
 * Real primaries that take updates (RFC 2136) with a key, each with the zone example.org in a folder of its own: named,
 * knotd, and pdns_server with a database. They can be frozen, stopped, started again with what they had, and wiped back
 * to the zone of their beginning. NSD takes no updates at all.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import type { Endpoint, KeyConfig } from "../../src/core/model.ts";
import { rdataText } from "../../src/dns/rdata/index.ts";
import { typeNumber } from "../../src/dns/rr-types.ts";
import { until } from "../e2e/parts/wait.ts";
import { freePort } from "../fakes/free-port.ts";
import { ask } from "./dns-client.ts";

const run = promisify(execFile);
const stopMsMax = 10_000;

export const updateKey: KeyConfig = {
  name: "muster-test",
  algorithm: "hmac-sha256",
  secret: Buffer.from("a secret that only tests know...").toString("base64"),
};

export const updateZone = `$TTL 3600
@ SOA ns1.example.org. hostmaster.example.org. 100 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.1
foreign A 192.0.2.99
foreign TXT "not muster's"
*.wild A 192.0.2.77
alias CNAME foreign
cut NS ns.elsewhere.example.
`;

interface Place {
  readonly folder: string;
  readonly port: number;
}

interface Recipe {
  /** Writes the configuration, and the zone where the server has none. Returns the command. */
  prepare(place: Place): Promise<readonly [string, readonly string[]]>;
  /** Files and folders that hold the zone. */
  readonly state: readonly string[];
}

const bind: Recipe = {
  state: ["zone", "zone.jnl"],
  prepare: async ({ folder, port }) => {
    const file = join(folder, "named.conf");
    if (!existsSync(join(folder, "zone"))) writeFileSync(join(folder, "zone"), updateZone);
    writeFileSync(
      file,
      `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
        pid-file none; session-keyfile none; lock-file none; dnssec-validation no; notify no; };
      controls { };
      key "${updateKey.name}" { algorithm ${updateKey.algorithm}; secret "${updateKey.secret}"; };
      zone "example.org" { type primary; file "${folder}/zone"; allow-update { key "${updateKey.name}"; }; };`,
    );
    return ["named", ["-g", "-n", "1", "-c", file]];
  },
};

const knot: Recipe = {
  state: ["zone", "db"],
  prepare: async ({ folder, port }) => {
    const file = join(folder, "knot.conf");
    mkdirSync(join(folder, "db"), { recursive: true });
    if (!existsSync(join(folder, "zone"))) writeFileSync(join(folder, "zone"), updateZone);
    const { algorithm, name, secret } = updateKey;
    writeFileSync(
      file,
      `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n` +
        `database:\n  storage: ${folder}/db\nkey:\n  - id: ${name}\n    algorithm: ${algorithm}\n    secret: ${secret}\n` +
        `acl:\n  - id: updates\n    key: ${name}\n    action: [update, query]\n` +
        `zone:\n  - domain: example.org\n    storage: ${folder}\n    file: zone\n    acl: updates\n` +
        `    zonefile-sync: 0\n    semantic-checks: false\n`,
    );
    return ["knotd", ["-c", file]];
  },
};

const schemaFile = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";

const powerdns: Recipe = {
  state: ["pdns.db"],
  prepare: async ({ folder, port }) => {
    writeFileSync(
      join(folder, "pdns.conf"),
      `launch=gsqlite3\ngsqlite3-database=${folder}/pdns.db\nlocal-address=127.0.0.1\nlocal-port=${port}\n` +
        `socket-dir=${folder}\nguardian=no\ndaemon=no\nreceiver-threads=1\ndnsupdate=yes\n` +
        `allow-dnsupdate-from=127.0.0.0/8\nzone-cache-refresh-interval=0\nsecurity-poll-suffix=\n`,
    );
    if (!existsSync(join(folder, "pdns.db"))) await fillPowerdns(folder);
    return ["pdns_server", [`--config-dir=${folder}`]];
  },
};

async function fillPowerdns(folder: string): Promise<void> {
  const database = new DatabaseSync(join(folder, "pdns.db"));
  database.exec(readFileSync(schemaFile, "utf8"));
  database.close();
  writeFileSync(join(folder, "zone"), `$ORIGIN example.org.\n${updateZone}`);
  const { algorithm, name, secret } = updateKey;
  const commands = [
    ["load-zone", "example.org", join(folder, "zone")],
    ["import-tsig-key", name, algorithm, secret],
    ["set-meta", "example.org", "TSIG-ALLOW-DNSUPDATE", name],
  ];
  for (const command of commands) await run("pdnsutil", [`--config-dir=${folder}`, ...command]);
}

const recipes = { bind, knot, powerdns } as const;
export type UpdatableName = keyof typeof recipes;
export const updatableNames: readonly UpdatableName[] = ["bind", "knot", "powerdns"];

/** Starts one, with a new folder; `stop` and `start` keep what it has. */
export async function startUpdatable(name: UpdatableName): Promise<UpdatableServer> {
  const folder = mkdtempSync(join(tmpdir(), `muster-${name}-`));
  chmodSync(folder, 0o777);
  const server = new UpdatableServer(name, { folder, port: await freePort() });
  await server.start();
  return server;
}

export class UpdatableServer {
  readonly name: UpdatableName;
  readonly #place: Place;
  #child: ChildProcess | null = null;
  #printed = "";

  constructor(name: UpdatableName, place: Place) {
    this.name = name;
    this.#place = place;
  }

  get endpoint(): Endpoint {
    return { address: "127.0.0.1", port: this.#place.port };
  }

  /** `broken`: with a zone that it cannot load. */
  async start(how: { readonly broken: boolean } = { broken: false }): Promise<void> {
    const [command, args] = await recipes[this.name].prepare(this.#place);
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (this.#printed = (this.#printed + chunk.toString()).slice(-20_000)));
    }
    child.on("error", (error) => (this.#printed += error.message));
    await until(`${command} serves the zone: ${this.#printed}`, async () => {
      if (child.exitCode !== null) throw new Error(`${command} ended: ${this.#printed}`);
      const answer = await ask(this.endpoint, { name: "example.org", type: "SOA", tcp: true }).catch(() => null);
      return (answer !== null && (how.broken || answer.answers.length > 0)) || null;
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.pid === undefined) return;
    const exited = once(child, "exit");
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
    await exited;
    clearTimeout(timer);
  }

  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Stops it and puts the zone back to what it was at the beginning. */
  async wipe(): Promise<void> {
    await this.stop();
    for (const file of recipes[this.name].state)
      rmSync(join(this.#place.folder, file), { recursive: true, force: true });
  }

  /** Of named and knotd, while they are stopped. */
  writeZone(text: string): void {
    writeFileSync(join(this.#place.folder, "zone"), text);
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#place.folder, { recursive: true, force: true });
  }

  /** `60 192.0.2.1`: TTL and data, sorted. */
  async records(name: string, type: string): Promise<string[]> {
    const number = typeNumber(type);
    const { answers } = await ask(this.endpoint, { name, type, tcp: true });
    const own = answers.filter((record) => record.type === number);
    return own.map((record) => `${record.ttlSeconds} ${rdataText(record.type, record.rdata)}`).sort();
  }

  /** What a foreign writer does. Rejects with what nsupdate says when it is refused. */
  async nsupdate(...lines: readonly string[]): Promise<void> {
    const { algorithm, name, secret } = updateKey;
    const child = run("nsupdate", ["-y", `${algorithm}:${name}:${secret}`]);
    const head = [`server 127.0.0.1 ${this.#place.port}`, "zone example.org"];
    child.child.stdin?.end(`${[...head, ...lines, "send"].join("\n")}\n`);
    await child;
  }
}
