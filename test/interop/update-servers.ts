/**
 * Real primaries that take updates (RFC 2136) with a key, each with the zone example.org in a folder of its own: named,
 * knotd, and pdns_server with a database. They can be frozen, stopped, started again with what they had, and wiped back
 * to the zone of their beginning. NSD takes no updates at all.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Endpoint, KeyConfig } from "../../src/core/model.ts";
import { rdataText } from "../../src/dns/rdata/index.ts";
import { typeNumber } from "../../src/dns/rr-types.ts";
import { until } from "../e2e/parts/wait.ts";
import { freePort } from "../fakes/free-port.ts";
import { ask } from "./dns-client.ts";
import { importKey, preparePowerdns } from "./powerdns.ts";

const run = promisify(execFile);
const stopMsMax = 10_000;

export const updateKey: KeyConfig = {
  name: "muster-test",
  algorithm: "hmac-sha256",
  secret: Buffer.from("a secret that only tests know...").toString("base64"),
};

/** All that the servers know; each may update. */
export const updateKeys: readonly KeyConfig[] = [
  updateKey,
  { ...updateKey, name: "muster-test-384", algorithm: "hmac-sha384" },
  { ...updateKey, name: "muster-test-512", algorithm: "hmac-sha512" },
];

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
  /** BIND: records of other types than A are declined. */
  readonly onlyA: boolean;
}

interface Recipe {
  /** Writes the configuration, and the zone where the server has none. Returns the command. */
  prepare(place: Place): readonly [string, readonly string[]];
  /** Files and folders that hold the zone. */
  readonly state: readonly string[];
}

const bind: Recipe = {
  state: ["zone", "zone.jnl"],
  prepare: ({ folder, onlyA, port }) => {
    const file = join(folder, "named.conf");
    const allowed = updateKeys.map(({ name }) => `key "${name}";`).join(" ");
    const policy = onlyA ? `update-policy { grant "${updateKey.name}" zonesub A; }` : `allow-update { ${allowed} }`;
    if (!existsSync(join(folder, "zone"))) writeFileSync(join(folder, "zone"), updateZone);
    writeFileSync(
      file,
      `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
        pid-file none; session-keyfile none; lock-file none; dnssec-validation no; notify no; };
      controls { };
      ${updateKeys.map(({ algorithm, name, secret }) => `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`).join("\n")}
      zone "example.org" { type primary; file "${folder}/zone"; ${policy}; };`,
    );
    return ["named", ["-g", "-n", "1", "-c", file]];
  },
};

const knot: Recipe = {
  state: ["zone", "db"],
  prepare: ({ folder, port }) => {
    const file = join(folder, "knot.conf");
    mkdirSync(join(folder, "db"), { recursive: true });
    if (!existsSync(join(folder, "zone"))) writeFileSync(join(folder, "zone"), updateZone);
    const known = updateKeys.map(
      ({ algorithm, name, secret }) => `  - id: ${name}\n    algorithm: ${algorithm}\n    secret: ${secret}\n`,
    );
    const names = updateKeys.map(({ name }) => name).join(", ");
    writeFileSync(
      file,
      `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n` +
        `database:\n  storage: ${folder}/db\nkey:\n${known.join("")}` +
        `acl:\n  - id: updates\n    key: [${names}]\n    action: [update, query]\n` +
        `zone:\n  - domain: example.org\n    storage: ${folder}\n    file: zone\n    acl: updates\n` +
        `    zonefile-sync: 0\n    semantic-checks: false\n`,
    );
    return ["knotd", ["-c", file]];
  },
};

const powerdns: Recipe = {
  state: ["pdns.db"],
  prepare: ({ folder, port }) => {
    const zone = join(folder, "zone");
    writeFileSync(zone, `$ORIGIN example.org.\n${updateZone}`);
    return preparePowerdns({
      folder,
      port,
      settings: ["dnsupdate=yes", "allow-dnsupdate-from=127.0.0.0/8"],
      first: [
        ["load-zone", "example.org", zone],
        ...updateKeys.map(importKey),
        ["set-meta", "example.org", "TSIG-ALLOW-DNSUPDATE", ...updateKeys.map(({ name }) => name)],
      ],
    });
  },
};

const recipes = { bind, knot, powerdns } as const;
export type UpdatableName = keyof typeof recipes;
export const updatableNames: readonly UpdatableName[] = ["bind", "knot", "powerdns"];

/** Starts one, with a new folder; `stop` and `start` keep what it has. */
export async function startUpdatable(name: UpdatableName, { onlyA = false } = {}): Promise<UpdatableServer> {
  const folder = mkdtempSync(join(tmpdir(), `muster-${name}-`));
  chmodSync(folder, 0o777);
  const server = new UpdatableServer(name, { folder, port: await freePort(), onlyA });
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
    const [command, args] = recipes[this.name].prepare(this.#place);
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
