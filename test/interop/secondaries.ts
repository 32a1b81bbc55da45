/**
 * Real secondaries of a primary on loopback: BIND, Knot, NSD and PowerDNS, each in a folder of its own, that can be frozen,
 * stopped, started again with what they had, and wiped. They learn of changes by NOTIFY only, since the SOA timers of
 * the zones they are used with are long.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint, KeyConfig } from "../../src/core/model.ts";
import { flagBit, makeMessage } from "../../src/dns/message.ts";
import { encodeMessage } from "../../src/dns/message-write.ts";
import { textName } from "../../src/dns/name.ts";
import { rrClass, rrType } from "../../src/dns/rr-types.ts";
import { freePort } from "../fakes/free-port.ts";
import { exchangeUdp } from "./dns-client.ts";
import { importKey, preparePowerdns } from "./powerdns.ts";

interface Setting {
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly origin: string;
  readonly primary: Endpoint;
  readonly key: KeyConfig | null;
  /** The origin is a catalog zone (RFC 9432), and the zones that it lists are served, too. */
  readonly catalog: boolean;
}

/** Writes the configuration and returns the command. What the server stores lies in the folder `data`. */
type Recipe = (setting: Setting) => readonly [string, readonly string[]];

const bind: Recipe = ({ folder, port, origin, primary, key, catalog }) => {
  const file = join(folder, "named.conf");
  const clause = key === null ? "" : `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };`;
  const signed = key === null ? "" : ` key "${key.name}"`;
  const from = `{ ${primary.address} port ${primary.port}${signed}; }`;
  const listed = `catalog-zones { zone "${origin}" default-masters ${from} zone-directory "." min-update-interval 1; };`;
  writeFileSync(
    file,
    `${clause}
     options { directory "${folder}/data"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
       pid-file none; session-keyfile none; lock-file none; minimal-responses yes; dnssec-validation no; notify no;
       allow-transfer { any; }; ${catalog ? listed : ""} };
     controls { };
     zone "${origin}" { type secondary; file "zone"; masterfile-format text; primaries ${from}; };`,
  );
  return ["named", ["-f", "-n", "1", "-c", file]];
};

const knot: Recipe = ({ address, folder, port, origin, primary, key, catalog }) => {
  const file = join(folder, "knot.conf");
  const clause =
    key === null ? "" : `key:\n  - id: ${key.name}\n    algorithm: ${key.algorithm}\n    secret: ${key.secret}\n`;
  const signed = key === null ? "" : `    key: ${key.name}\n`;
  const rest = `    storage: ${folder}/data\n    master: primary\n    acl: [local, signed]\n`;
  const member = catalog ? `template:\n  - id: member\n${rest}` : "";
  const role = catalog ? "    catalog-role: interpret\n    catalog-template: member\n" : "";
  writeFileSync(
    file,
    `server:\n  rundir: ${folder}/data\n  listen: ${address}@${port}\n  udp-workers: 1\n  tcp-workers: 1\n` +
      `database:\n  storage: ${folder}/data\n${clause}` +
      `remote:\n  - id: primary\n    address: ${primary.address}@${primary.port}\n${signed}` +
      `acl:\n  - id: local\n    address: 127.0.0.1\n    action: [notify, transfer]\n` +
      `  - id: signed\n    address: 127.0.0.1\n${signed}    action: [notify, transfer]\n${member}` +
      `zone:\n  - domain: ${origin}\n${rest}${role}`,
  );
  return ["knotd", ["-c", file]];
};

const nsd: Recipe = ({ folder, port, origin, primary, key }) => {
  const file = join(folder, "nsd.conf");
  const clause =
    key === null ? "" : `key:\n  name: ${key.name}\n  algorithm: ${key.algorithm}\n  secret: "${key.secret}"\n`;
  const signed = key === null ? "NOKEY" : key.name;
  const alsoSigned = key === null ? "" : `  allow-notify: 127.0.0.1 ${key.name}\n`;
  writeFileSync(
    file,
    `server:\n  ip-address: 127.0.0.1@${port}\n  zonesdir: ${folder}/data\n  pidfile: ""\n  username: ""\n` +
      `  chroot: ""\n  database: ""\n  xfrdir: ${folder}/data\n  xfrdfile: ${folder}/data/xfrd.state\n` +
      `  zonelistfile: ${folder}/data/zones.list\n  cookie-secret-file: ""\n  xfrd-reload-timeout: 0\n` +
      `  zonefiles-write: 1\n  minimal-responses: yes\nremote-control:\n  control-enable: no\n${clause}` +
      `zone:\n  name: ${origin}\n  zonefile: zone\n  request-xfr: ${primary.address}@${primary.port} ${signed}\n` +
      `  allow-notify: 127.0.0.1 NOKEY\n${alsoSigned}  provide-xfr: 127.0.0.1 NOKEY\n`,
  );
  return ["nsd", ["-d", "-c", file]];
};

/** It asks for differences only of zones that are marked so, and takes catalogs whole only. */
const powerdns: Recipe = ({ catalog, folder, port, origin, primary, key }) =>
  preparePowerdns({
    folder,
    port,
    database: "data/pdns.db",
    settings: ["secondary=yes", "xfr-cycle-interval=1", "allow-axfr-ips=127.0.0.0/8", "allow-unsigned-notify=yes"],
    first: [
      ["create-secondary-zone", origin, `${primary.address}:${primary.port}`],
      catalog ? ["set-kind", origin, "consumer"] : ["set-meta", origin, "IXFR", "1"],
      ...(key === null ? [] : [importKey(key), ["activate-tsig-key", origin, key.name, "secondary"]]),
    ],
  });

const recipes: Readonly<Record<string, Recipe>> = { bind, knot, nsd, powerdns };
export const secondaryNames = Object.keys(recipes);

/** One secondary server; `start` it first. */
export class Secondary {
  readonly name: string;
  readonly endpoint: Endpoint;
  private readonly setting: Setting;
  private readonly command: readonly [string, readonly string[]];
  private child: ChildProcess | null = null;
  private printed = "";

  private constructor(name: string, setting: Setting, command: readonly [string, readonly string[]]) {
    this.name = name;
    this.setting = setting;
    this.command = command;
    this.endpoint = { address: setting.address, port: setting.port };
  }

  static async start(
    name: string,
    zone: {
      readonly origin: string;
      readonly primary: Endpoint;
      readonly key?: KeyConfig | null;
      readonly catalog?: boolean;
      /** Where it listens, for knot; otherwise a free port of 127.0.0.1. */
      readonly listen?: Endpoint;
    },
  ): Promise<Secondary> {
    const recipe = recipes[name];
    if (recipe === undefined) throw new Error(`no recipe for ${name}`);
    const folder = mkdtempSync(join(tmpdir(), `muster-secondary-${name}-`));
    mkdirSync(join(folder, "data"));
    chmodSync(folder, 0o777);
    chmodSync(join(folder, "data"), 0o777);
    const listen = zone.listen ?? { address: "127.0.0.1", port: await freePort() };
    const setting = { key: null, catalog: false, ...zone, ...listen, folder };
    const secondary = new Secondary(name, setting, recipe(setting));
    secondary.startAgain();
    return secondary;
  }

  /** What the server has said on its standard streams. */
  get log(): string {
    return this.printed;
  }

  startAgain(): void {
    const [command, args] = this.command;
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (this.printed += chunk.toString()));
    }
    child.on("error", (error) => (this.printed += error.message));
    this.child = child;
  }

  /** Sends a signal to the server and the processes it has started. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGTERM"): void {
    const pid = this.child?.pid;
    if (pid !== undefined && this.child?.exitCode === null) process.kill(-pid, signal);
  }

  /** Ends the server; what it has stored stays. */
  async stop(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null || child.pid === undefined) return;
    const exited = once(child, "exit");
    process.kill(-child.pid, "SIGCONT");
    process.kill(child.pid, "SIGTERM");
    await exited;
  }

  /** Changes its configuration. Only while it is stopped. */
  reconfigure(file: string, change: (text: string) => string): void {
    const path = join(this.setting.folder, file);
    writeFileSync(path, change(readFileSync(path, "utf8")));
  }

  /** Forgets everything that was stored. Only while it is stopped. */
  wipe(): void {
    const data = join(this.setting.folder, "data");
    for (const entry of readdirSync(data)) rmSync(join(data, entry), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.setting.folder, { recursive: true, force: true });
  }

  /** Tells it that the zone has changed, as a primary would. */
  async notify(): Promise<void> {
    const { origin } = this.setting;
    const question = { name: textName(origin), type: rrType.SOA, class: rrClass.IN };
    const notify = makeMessage({ id: 77, opcode: 4, flags: flagBit.aa, questions: [question] });
    await exchangeUdp(this.endpoint, encodeMessage(notify)).catch(() => undefined);
  }
}
