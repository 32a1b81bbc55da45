/**
 * A real nginx for the tests of probes: its own folder, loopback ports that were free a moment before, and
 * certificates made by openssl from an authority that only the test trusts.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { portOf } from "../contract/prober-port.ts";

const startMsMax = 10_000;

export interface Nginx {
  readonly plain: number;
  readonly ipv6: number;
  /** TLS ports by the certificate they show. */
  readonly tls: TlsPorts;
  /** PEM of the test's authority. */
  readonly authority: string;
  /** What nginx has logged as an error or worse. */
  errors(): string;
  stop(): Promise<void>;
}

export type Certificate = "good" | "expired" | "other" | "selfsigned";

type TlsPorts = Readonly<Record<Certificate, number>>;

const certificates: readonly Certificate[] = ["good", "expired", "other", "selfsigned"];

export async function startNginx(): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "muster-nginx-"));
  makeCertificates(folder);
  const [plain = 0, ipv6 = 0, good = 0, expired = 0, other = 0, selfsigned = 0] = await freePorts(6);
  const tls: TlsPorts = { good, expired, other, selfsigned };
  writeFileSync(join(folder, "nginx.conf"), configure(folder, { plain, ipv6, tls }));
  const child = spawn("nginx", ["-c", join(folder, "nginx.conf"), "-p", folder], { stdio: "ignore" });
  const exited = once(child, "exit");
  await accepting(plain);
  return {
    plain,
    ipv6,
    tls,
    authority: readFileSync(join(folder, "ca.pem"), "utf8"),
    errors: () => readFileSync(join(folder, "error.log"), "utf8"),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

interface Ports {
  readonly plain: number;
  readonly ipv6: number;
  readonly tls: TlsPorts;
}

function configure(folder: string, ports: Ports): string {
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/t;`);
  const locations = `
    location / { return 200 "Welcome to nginx"; }
    location /busy { return 503; }
    location /moved { return 302 /; }
    location /round { return 302 /round; }
    location /away { return 302 http://elsewhere.example/; }
    location /nothing { return 204; }
    location /big { alias ${folder}/big; }`;
  const secure = certificates.map(
    (name) => `server { listen 127.0.0.1:${ports.tls[name]} ssl; server_name www.example.org;
      ssl_certificate ${folder}/${name}.pem; ssl_certificate_key ${folder}/${name}.key; ${locations} }`,
  );
  writeFileSync(join(folder, "big"), `Welcome ${"x".repeat(300_000)} the end`);
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log warn;
    events { worker_connections 4096; }
    http { access_log off; ${temp.join(" ")}
      server { listen 127.0.0.1:${ports.plain} default_server; return 421; }
      server { listen 127.0.0.1:${ports.plain}; listen [::1]:${ports.ipv6}; server_name www.example.org; ${locations} }
      ${secure.join("\n")} }`;
}

function makeCertificates(folder: string): void {
  const openssl = (...parts: string[]) => execFileSync("openssl", parts, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Test authority");
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "selfsigned.key",
    "-out",
    "selfsigned.pem",
    "-days",
    "30",
    "-subj",
    "/CN=www.example.org",
    "-addext",
    "subjectAltName=DNS:www.example.org",
  );
  const names = {
    good: "DNS:www.example.org,IP:127.0.0.1",
    expired: "DNS:www.example.org",
    other: "DNS:other.example",
  };
  writeFileSync(join(folder, "index.txt"), "");
  writeFileSync(join(folder, "ca.conf"), authorityConfig(names));
  for (const name of Object.keys(names)) {
    openssl("req", "-new", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const dates =
      name === "expired"
        ? ["-startdate", utc(-30), "-enddate", utc(-3.5)]
        : ["-startdate", utc(-1), "-enddate", utc(30)];
    openssl(
      "ca",
      "-batch",
      "-notext",
      "-config",
      "ca.conf",
      "-extensions",
      name,
      "-in",
      `${name}.csr`,
      "-out",
      `${name}.pem`,
      ...dates,
    );
  }
}

function authorityConfig(names: Readonly<Record<string, string>>): string {
  const sections = Object.entries(names).map(([name, value]) => `[${name}]\nsubjectAltName=${value}\n`);
  return `[ca]\ndefault_ca=test\n[test]\ndatabase=index.txt\nnew_certs_dir=.\ncertificate=ca.pem\nprivate_key=ca.key
rand_serial=yes\ndefault_md=sha256\npolicy=any\nunique_subject=no\n[any]\ncommonName=supplied\n${sections.join("")}`;
}

/** The form of openssl's -startdate: YYYYMMDDHHMMSSZ. */
function utc(days: number): string {
  return `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\..*/g, "")}Z`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map(portOf);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

async function accepting(port: number): Promise<void> {
  const endsAtMs = performance.now() + startMsMax;
  for (;;) {
    const socket = net.connect(port, "127.0.0.1");
    const [outcome] = await Promise.race([once(socket, "connect").then(() => ["open"]), once(socket, "error")]).catch(
      () => ["error"],
    );
    if (outcome === "open") socket.resetAndDestroy();
    if (outcome === "open") return;
    if (performance.now() > endsAtMs) throw new Error("nginx (Debian package nginx-light) did not start");
    await wait(20);
  }
}
