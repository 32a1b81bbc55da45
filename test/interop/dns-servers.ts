/** Real authoritative servers on a free loopback port, serving one zone from a folder of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint, KeyConfig } from "../../src/core/model.ts";
import { freePort } from "../fakes/free-port.ts";
import { ask } from "./dns-client.ts";
import { importKey, preparePowerdns } from "./powerdns.ts";

const startMsMax = 20_000;

export interface RealServer {
  readonly name: string;
  readonly endpoint: Endpoint;
  stop(): Promise<void>;
}

interface Recipe {
  readonly name: string;
  /** Writes the configuration and returns the command. Whoever has one of the keys may transfer and update. */
  prepare(folder: string, port: number, keys: readonly KeyConfig[]): readonly [string, readonly string[]];
}

const bind: Recipe = {
  name: "bind",
  prepare: (folder, port, keys) => {
    const file = join(folder, "named.conf");
    const known = keys.map((key) => `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };\n`);
    const allowed = keys.map((key) => `key "${key.name}"; `).join("");
    writeFileSync(
      file,
      `${known.join("")}options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
        pid-file none; session-keyfile none; lock-file none; minimal-responses yes; minimal-any yes; dnssec-validation no; };
      controls { };
      zone "example.org" { type primary; file "${folder}/zone"; check-names ignore;
        ${keys.length === 0 ? "" : `allow-transfer { ${allowed}}; allow-update { ${allowed}};`} };`,
    );
    return ["named", ["-f", "-n", "1", "-c", file]];
  },
};

const knot: Recipe = {
  name: "knot",
  prepare: (folder, port, keys) => {
    const file = join(folder, "knot.conf");
    mkdirSync(join(folder, "db"));
    const known = keys.map(
      ({ name, algorithm, secret }) => `  - id: ${name}\n    algorithm: ${algorithm}\n    secret: ${secret}\n`,
    );
    const ids = keys.map((key) => key.name).join(", ");
    const access =
      keys.length === 0
        ? ""
        : `key:\n${known.join("")}acl:\n  - id: keys\n    key: [${ids}]\n    action: [transfer, update]\n`;
    writeFileSync(
      file,
      `${access}server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n` +
        `database:\n  storage: ${folder}/db\nzone:\n  - domain: example.org\n    storage: ${folder}\n    file: zone\n` +
        `    zonefile-sync: -1\n    semantic-checks: false\n${keys.length === 0 ? "" : "    acl: keys\n"}`,
    );
    return ["knotd", ["-c", file]];
  },
};

const nsd: Recipe = {
  name: "nsd",
  prepare: (folder, port, keys) => {
    const file = join(folder, "nsd.conf");
    const known = keys.map(
      ({ name, algorithm, secret }) => `key:\n  name: ${name}\n  algorithm: ${algorithm}\n  secret: ${secret}\n`,
    );
    const allowed = keys.map((key) => `  provide-xfr: 127.0.0.1 ${key.name}\n`);
    writeFileSync(
      file,
      `server:\n  ip-address: 127.0.0.1@${port}\n  zonesdir: ${folder}\n  pidfile: ""\n  username: ""\n  chroot: ""\n  database: ""\n` +
        `  xfrdir: ${folder}\n  xfrdfile: ""\n  zonelistfile: ${folder}/zones.list\n  cookie-secret-file: ""\n` +
        `  minimal-responses: yes\n  hide-version: yes\nremote-control:\n  control-enable: no\n` +
        `${known.join("")}zone:\n  name: example.org\n  zonefile: zone\n${allowed.join("")}`,
    );
    return ["nsd", ["-d", "-c", file]];
  },
};

const powerdns: Recipe = {
  name: "powerdns",
  prepare: (folder, port, keys) => {
    const allowed = keys.map(({ name }) => name);
    return preparePowerdns({
      folder,
      port,
      settings: ["dnsupdate=yes", "allow-dnsupdate-from=127.0.0.0/8", "allow-axfr-ips=", "dname-processing=yes"],
      first: [
        ["load-zone", "example.org", join(folder, "zone")],
        // Empty names between others are there only then.
        ["rectify-zone", "example.org"],
        ...keys.map(importKey),
        ...(keys.length === 0
          ? []
          : [
              ["set-meta", "example.org", "TSIG-ALLOW-AXFR", ...allowed],
              ["set-meta", "example.org", "TSIG-ALLOW-DNSUPDATE", ...allowed],
            ]),
      ],
    });
  },
};

const recipes: readonly Recipe[] = [bind, knot, nsd, powerdns];
export const realServerNames = recipes.map(({ name }) => name);

/** Asks until the zone is served, or fails with what the server printed. */
async function waitUntilServing(child: ChildProcess, endpoint: Endpoint, printed: () => string): Promise<void> {
  const deadline = performance.now() + startMsMax;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) break;
    const answer = await ask(endpoint, { name: "example.org", type: "SOA" }).catch(() => null);
    if (answer?.rcode === 0 && answer.answers.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${child.spawnfile} does not serve the zone: ${printed()}`);
}

/** Starts the named server with the text of the zone example.org, and with TSIG keys. */
export async function startRealServer(
  name: string,
  zone: string,
  keys: readonly KeyConfig[] = [],
): Promise<RealServer> {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (recipe === undefined) throw new Error(`no recipe for ${name}`);
  const folder = mkdtempSync(join(tmpdir(), `muster-${name}-`));
  chmodSync(folder, 0o777);
  writeFileSync(join(folder, "zone"), zone);
  const port = await freePort();
  const [command, args] = recipe.prepare(folder, port, keys);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.on("error", (error) => (printed += error.message));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const endpoint = { address: "127.0.0.1", port };
  try {
    await waitUntilServing(child, endpoint, () => printed);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, endpoint, stop };
}
