/**
 * Real primaries of one zone, example.org: they answer transfers, tell muster of changes, and are frozen, ended and started
 * again. BIND and Knot also give differences; NSD and PowerDNS send
 * the whole zone.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Endpoint, KeyConfig } from "../../src/core/model.ts";
import { textName } from "../../src/dns/name.ts";
import { readSoa } from "../../src/dns/rdata/index.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { askQuestion } from "../../src/io/dns-client/question.ts";
import { freePort } from "../fakes/free-port.ts";
import { until } from "../e2e/parts/wait.ts";
import { importKey, pdnsutil, preparePowerdns } from "./powerdns.ts";

const run = promisify(execFile);

export const primaryNames = ["bind", "knot", "nsd", "powerdns"] as const;
export type PrimaryName = (typeof primaryNames)[number];

interface Setting {
  readonly folder: string;
  readonly port: number;
  /** Told of changes. */
  readonly notify: Endpoint;
  readonly key: KeyConfig | null;
}

type Recipe = (setting: Setting) => readonly [string, readonly string[]];

const bind: Recipe = ({ folder, key, notify, port }) => {
  const file = join(folder, "named.conf");
  const known = key === null ? "" : `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };\n`;
  const allowed = key === null ? "any;" : `key "${key.name}";`;
  const signed = key === null ? "" : ` key "${key.name}"`;
  writeFileSync(
    file,
    `${known}options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
      pid-file none; session-keyfile none; lock-file none; minimal-responses yes; dnssec-validation no;
      notify-delay 0; startup-notify-rate 1000; notify-rate 1000; serial-query-rate 1000; };
    controls { };
    logging { channel told { stderr; severity info; }; category xfer-out { told; }; };
    zone "example.org" { type primary; file "${folder}/zone"; check-names ignore; ixfr-from-differences yes; notify explicit;
      also-notify { ${notify.address} port ${notify.port}${signed}; }; allow-transfer { ${allowed} }; };`,
  );
  return ["named", ["-f", "-n", "1", "-c", file]];
};

const knot: Recipe = ({ folder, key, notify, port }) => {
  const file = join(folder, "knot.conf");
  mkdirSync(join(folder, "db"), { recursive: true });
  const known =
    key === null ? "" : `key:\n  - id: ${key.name}\n    algorithm: ${key.algorithm}\n    secret: ${key.secret}\n`;
  const signed = key === null ? "" : `    key: ${key.name}\n`;
  const allowed = key === null ? "    address: 127.0.0.1\n" : signed;
  writeFileSync(
    file,
    `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n` +
      `database:\n  storage: ${folder}/db\n${known}` +
      `remote:\n  - id: muster\n    address: ${notify.address}@${notify.port}\n${signed}` +
      `acl:\n  - id: muster\n    action: transfer\n${allowed}` +
      `zone:\n  - domain: example.org\n    storage: ${folder}\n    file: zone\n    zonefile-sync: -1\n` +
      `    zonefile-load: difference\n    journal-content: changes\n    semantic-checks: false\n` +
      `    notify: muster\n    acl: muster\n`,
  );
  return ["knotd", ["-c", file]];
};

const nsd: Recipe = ({ folder, key, notify, port }) => {
  const file = join(folder, "nsd.conf");
  const known =
    key === null ? "" : `key:\n  name: ${key.name}\n  algorithm: ${key.algorithm}\n  secret: "${key.secret}"\n`;
  const signed = key === null ? "NOKEY" : key.name;
  writeFileSync(
    file,
    `server:\n  ip-address: 127.0.0.1@${port}\n  zonesdir: ${folder}\n  pidfile: ""\n  username: ""\n  chroot: ""\n` +
      `  xfrdir: ${folder}\n  xfrdfile: ""\n  zonelistfile: ${folder}/zones.list\n  cookie-secret-file: ""\n` +
      `  xfrd-reload-timeout: 0\n  minimal-responses: yes\nremote-control:\n  control-enable: no\n${known}` +
      `zone:\n  name: example.org\n  zonefile: zone\n  provide-xfr: 127.0.0.1 ${signed}\n` +
      `  notify: ${notify.address}@${notify.port} ${signed}\n`,
  );
  return ["nsd", ["-d", "-c", file]];
};

/** Its zone is in a database, so a change is brought there; it signs NOTIFY with the key that may transfer. */
const powerdns: Recipe = ({ folder, key, notify, port }) =>
  preparePowerdns({
    folder,
    port,
    settings: [
      "primary=yes",
      "xfr-cycle-interval=1",
      "only-notify=",
      `allow-axfr-ips=${key === null ? "127.0.0.0/8" : ""}`,
    ],
    first: [
      ["create-zone", "example.org"],
      ["set-kind", "example.org", "primary"],
      ["set-meta", "example.org", "ALSO-NOTIFY", `${notify.address}:${notify.port}`],
      ...(key === null ? [] : [importKey(key), ["set-meta", "example.org", "TSIG-ALLOW-AXFR", key.name]]),
    ],
    always: [["load-zone", "example.org", join(folder, "zone")]],
  });

const recipes: Readonly<Record<PrimaryName, Recipe>> = { bind, knot, nsd, powerdns };

/** SOA with short times, one NS outside, and whatever else. */
export function primaryZone(serial: number, lines: readonly string[] = []): string {
  const apex = `$TTL 60\n@ SOA ns1.example.net. hostmaster.example.net. ${serial} 3600 600 86400 60\n@ NS ns1.example.net.\n`;
  return `${apex}static A 192.0.2.1\n${lines.join("\n")}\n`;
}

export class Primary {
  readonly endpoint: Endpoint;
  readonly #name: PrimaryName;
  readonly #setting: Setting;
  readonly #command: readonly [string, readonly string[]];
  #child: ChildProcess | null = null;
  printed = "";

  private constructor(name: PrimaryName, setting: Setting) {
    this.#name = name;
    this.#setting = setting;
    this.#command = recipes[name](setting);
    this.endpoint = { address: "127.0.0.1", port: setting.port };
  }

  static async start(
    name: PrimaryName,
    { key = null, notify, zone }: { zone: string; notify: Endpoint; key?: KeyConfig | null },
  ): Promise<Primary> {
    const folder = mkdtempSync(join(tmpdir(), `muster-primary-${name}-`));
    chmodSync(folder, 0o777);
    const setting = { folder, port: await freePort(), notify, key };
    const primary = new Primary(name, setting);
    await primary.run(zone);
    return primary;
  }

  /** Starts it with this zone, and waits until it is served. */
  async run(zone: string): Promise<void> {
    this.#write(zone);
    const [command, args] = this.#command;
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (this.printed += chunk.toString()));
    }
    child.on("error", (error) => (this.printed += error.message));
    this.#child = child;
    await until(`${command} serves the zone`, async () => {
      if (child.exitCode !== null) throw new Error(`${command} has ended: ${this.printed}`);
      return this.serial();
    });
  }

  /** The serial that it serves. */
  async serial(): Promise<number | null> {
    const question = { owner: textName("example.org"), type: rrType.SOA, edns: false, recursionDesired: false };
    const heard = await askQuestion({
      ...question,
      endpoint: this.endpoint,
      transport: "udp",
      timeoutMs: 300,
      tries: 1,
    });
    const rdata = heard.kind === "answer" ? heard.message.answers[0]?.rdata : undefined;
    return rdata === undefined ? null : (readSoa(rdata)?.serial ?? null);
  }

  /** Serves another zone, as an administrator would: a new file, and a signal, or the tool that loads it. */
  async change(zone: string): Promise<void> {
    this.#write(zone);
    if (this.#name !== "powerdns") return this.signal("SIGHUP");
    const { folder } = this.#setting;
    const load = pdnsutil(folder, ["load-zone", "example.org", join(folder, "zone")]);
    await run("sh", ["-ec", `${load}\npdns_control --socket-dir=${folder} notify example.org`]);
  }

  signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined || this.#child?.exitCode !== null) return;
    // Frozen are all of its processes; read again is by the first.
    if (signal === "SIGSTOP" || signal === "SIGCONT") process.kill(-pid, signal);
    else process.kill(pid, signal);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.pid === undefined) return;
    const exited = once(child, "exit");
    process.kill(-child.pid, "SIGCONT");
    process.kill(child.pid, "SIGTERM");
    await exited;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#setting.folder, { recursive: true, force: true });
  }

  #write(zone: string): void {
    writeFileSync(join(this.#setting.folder, "zone"), zone);
  }
}
