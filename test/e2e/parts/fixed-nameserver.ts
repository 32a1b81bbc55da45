/**
 * A real nameserver that serves example.org from a file and follows nobody, so that it can be wrong: late, with foreign
 * records, offering recursion, without authority. It is mended by being started again with another file.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../fakes/free-port.ts";
import { ask } from "../../interop/dns-client.ts";
import { until } from "./wait.ts";

interface Place {
  readonly folder: string;
  readonly port: number;
}

export interface Served {
  /** The zone as a master file. */
  readonly text: string;
  /** Of named: what replaces `recursion no;`. */
  readonly options?: string;
  /** Of named: it has no zone, and asks this port for it, as a resolver does. */
  readonly asks?: number;
}

type Recipe = (place: Place, served: Served) => readonly [string, readonly string[]];

/** Listens on IPv6 as well. */
const bind: Recipe = ({ folder, port }, { asks, options = "recursion no;" }) => {
  const file = join(folder, "named.conf");
  const kind =
    asks === undefined
      ? `type primary; file "${folder}/zone";`
      : `type forward; forward only; forwarders { 127.0.0.1 port ${asks}; };`;
  writeFileSync(
    file,
    `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 port ${port} { ::1; };
       ${options} notify no; pid-file none; session-keyfile none; lock-file none; dnssec-validation no; };
     controls { };
     zone "example.org" { ${kind} };`,
  );
  return ["named", ["-g", "-n", "1", "-c", file]];
};

const knot: Recipe = ({ folder, port }) => {
  const file = join(folder, "knot.conf");
  rmSync(join(folder, "db"), { recursive: true, force: true });
  mkdirSync(join(folder, "db"));
  writeFileSync(
    file,
    `server:\n  rundir: ${folder}\n  listen: [127.0.0.1@${port}, ::1@${port}]\n  udp-workers: 1\n  tcp-workers: 1\n` +
      `database:\n  storage: ${folder}/db\nzone:\n  - domain: example.org\n    storage: ${folder}\n    file: zone\n` +
      "    zonefile-sync: -1\n    semantic-checks: false\n",
  );
  return ["knotd", ["-c", file]];
};

const nsd: Recipe = ({ folder, port }) => {
  const file = join(folder, "nsd.conf");
  writeFileSync(
    file,
    `server:\n  ip-address: 127.0.0.1@${port}\n  ip-address: ::1@${port}\n  zonesdir: ${folder}\n  pidfile: ""\n` +
      `  username: ""\n  chroot: ""\n  database: ""\n  xfrdir: ${folder}\n  xfrdfile: ""\n` +
      `  zonelistfile: ${folder}/zones.list\n  cookie-secret-file: ""\nremote-control:\n  control-enable: no\n` +
      "zone:\n  name: example.org\n  zonefile: zone\n",
  );
  return ["nsd", ["-d", "-c", file]];
};

const recipes = { bind, knot, nsd } as const;

export class FixedNameserver {
  readonly port: number;
  readonly #kind: keyof typeof recipes;
  readonly #folder = mkdtempSync(join(tmpdir(), "muster-fixed-"));
  #child: ChildProcess | null = null;

  private constructor(kind: keyof typeof recipes, port: number) {
    this.#kind = kind;
    this.port = port;
    chmodSync(this.#folder, 0o777);
  }

  static async start(kind: keyof typeof recipes, served: Served): Promise<FixedNameserver> {
    const server = new FixedNameserver(kind, await freePort());
    await server.run(served);
    return server;
  }

  /** Starts it, or starts it again with another zone. */
  async run(served: Served): Promise<void> {
    await this.stop();
    writeFileSync(join(this.#folder, "zone"), served.text);
    const [command, args] = recipes[this.#kind]({ folder: this.#folder, port: this.port }, served);
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += String(chunk)));
    child.on("error", (error) => (printed += error.message));
    this.#child = child;
    await until(`${command} answers`, async () => {
      if (child.exitCode !== null) throw new Error(`${command} ended: ${printed}`);
      const question = { name: "example.org", type: "SOA", tcp: true };
      return ask({ address: "127.0.0.1", port: this.port }, question).catch(() => null);
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.pid === undefined) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
