/** Real servers for the zone example.org: a primary that takes updates, secondaries of it, and some that are wrong. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint, KeyConfig } from "../../src/core/model.ts";
import { type Daemon, startDaemon } from "./daemon.ts";
import { importKey, preparePowerdns } from "./powerdns.ts";

/** The key that secondaries want NOTIFY to be signed with. */
export const notifyKey: KeyConfig = {
  name: "transfer",
  algorithm: "hmac-sha256",
  secret: Buffer.from("a secret of thirty-two octets ok").toString("base64"),
};

export const castZone = `$TTL 60
@ SOA ns1.example.org. hostmaster.example.org. 1000000001 3600 600 1209600 60
@ NS ns1.example.org.
@ NS ns2.example.org.
ns1 A 127.0.0.1
ns2 A 127.0.0.1
www A 192.0.2.10
www A 192.0.2.11
`;

const bindKey = `key "${notifyKey.name}" { algorithm ${notifyKey.algorithm}; secret "${notifyKey.secret}"; };`;

function bindConfig(
  folder: string,
  port: number,
  more: { options?: string; zone: string },
): readonly [string, string[]] {
  const file = join(folder, "named.conf");
  writeFileSync(
    file,
    `${bindKey}
    options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 port ${port} { ::1; };
      ${more.options ?? "recursion no;"} notify no; pid-file none; session-keyfile none; lock-file none;
      dnssec-validation no; };
    controls { };
    ${more.zone}`,
  );
  return ["named", ["-g", "-n", "1", "-c", file]];
}

/** named with the zone from a file. `options`: what replaces `recursion no;`. */
export function startPrimary({ text = castZone, options }: { text?: string; options?: string } = {}): Promise<Daemon> {
  return startDaemon({
    label: "primary",
    waitFor: "zone",
    prepare: (folder, port) => {
      writeFileSync(join(folder, "zone"), text);
      const zone = `zone "example.org" { type primary; file "${folder}/zone"; allow-update { 127.0.0.1; }; };`;
      return bindConfig(folder, port, options === undefined ? { zone } : { zone, options });
    },
  });
}

/** named that knows of the zone and could never load it: SERVFAIL. */
export function startLame(primaryPort: number): Promise<Daemon> {
  return startDaemon({
    label: "lame",
    waitFor: "answer",
    prepare: (folder, port) => {
      const primaries = `primaries port ${primaryPort} { 127.0.0.1; };`;
      return bindConfig(folder, port, { zone: `zone "example.org" { type secondary; file "zone"; ${primaries} };` });
    },
  });
}

/** named without the zone: REFUSED. */
export function startRefusing(): Promise<Daemon> {
  return startDaemon({
    label: "refusing",
    waitFor: "answer",
    prepare: (folder, port) => bindConfig(folder, port, { zone: "" }),
  });
}

type SecondaryKind = "bind" | "knot" | "nsd" | "powerdns";
export const secondaryKinds: readonly SecondaryKind[] = ["bind", "knot", "nsd", "powerdns"];

const secondaryConfigs: Readonly<
  Record<
    SecondaryKind,
    (folder: string, ports: { own: number; primary: number }) => readonly [string, readonly string[]]
  >
> = {
  bind: (folder, ports) => {
    const primaries = `primaries port ${ports.primary} { 127.0.0.1; };`;
    const zone = `zone "example.org" { type secondary; file "zone"; ${primaries} allow-notify { key ${notifyKey.name}; }; };`;
    return bindConfig(folder, ports.own, { zone });
  },
  knot: (folder, ports) => {
    const file = join(folder, "knot.conf");
    mkdirSync(join(folder, "db"));
    writeFileSync(
      file,
      `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${ports.own}\n  udp-workers: 1\n  tcp-workers: 1\n` +
        `database:\n  storage: ${folder}/db\n` +
        `key:\n  - id: ${notifyKey.name}\n    algorithm: ${notifyKey.algorithm}\n    secret: ${notifyKey.secret}\n` +
        `remote:\n  - id: primary\n    address: 127.0.0.1@${ports.primary}\n` +
        `acl:\n  - id: notify\n    address: 127.0.0.1\n    key: ${notifyKey.name}\n    action: notify\n` +
        `zone:\n  - domain: example.org\n    storage: ${folder}\n    master: primary\n    acl: notify\n`,
    );
    return ["knotd", ["-c", file]];
  },
  nsd: (folder, ports) => {
    const file = join(folder, "nsd.conf");
    writeFileSync(
      file,
      `server:\n  ip-address: 127.0.0.1@${ports.own}\n  zonesdir: ${folder}\n  pidfile: ""\n  username: ""\n  chroot: ""\n` +
        `  xfrdir: ${folder}\n  xfrdfile: ""\n  zonelistfile: ${folder}/zones.list\n  cookie-secret-file: ""\n` +
        // Otherwise what one test's server had is what the next one's begins with.
        `  database: ""\nremote-control:\n  control-enable: no\n` +
        `key:\n  name: ${notifyKey.name}\n  algorithm: ${notifyKey.algorithm}\n  secret: "${notifyKey.secret}"\n` +
        `zone:\n  name: example.org\n  zonefile: zone\n  allow-notify: 127.0.0.1 ${notifyKey.name}\n` +
        `  request-xfr: 127.0.0.1@${ports.primary} NOKEY\n`,
    );
    return ["nsd", ["-d", "-c", file]];
  },
  // Whoever may transfer with a key may notify with it.
  powerdns: (folder, ports) =>
    preparePowerdns({
      folder,
      port: ports.own,
      settings: ["secondary=yes", "xfr-cycle-interval=1", "allow-unsigned-notify=no"],
      first: [
        ["create-secondary-zone", "example.org", `127.0.0.1:${ports.primary}`],
        importKey(notifyKey),
        ["set-meta", "example.org", "TSIG-ALLOW-AXFR", notifyKey.name],
      ],
    }),
};

/** `waitFor`: its copy of the zone, or any answer where the primary starts later. */
export function startSecondary(
  kind: SecondaryKind,
  primary: Endpoint,
  waitFor: "zone" | "answer" = "zone",
): Promise<Daemon> {
  return startDaemon({
    label: kind,
    waitFor,
    prepare: (folder, port) => secondaryConfigs[kind](folder, { own: port, primary: primary.port }),
  });
}

/** Changes the primary's zone by nsupdate, and returns the serial that it then has. */
export function changeZone({ endpoint }: Daemon, lines: readonly string[]): number {
  const input = [`server ${endpoint.address} ${endpoint.port}`, "zone example.org", ...lines, "send", ""].join("\n");
  const run = spawnSync("nsupdate", [], { input, encoding: "utf8", timeout: 10_000 });
  if (run.status !== 0) throw new Error(`nsupdate failed: ${run.stderr}`);
  const args = [`@${endpoint.address}`, "-p", String(endpoint.port), "+short", "example.org", "SOA"];
  const soa = spawnSync("dig", args, { encoding: "utf8", timeout: 10_000 }).stdout;
  return Number(soa.split(" ")[2]);
}
