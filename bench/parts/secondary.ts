/**
 * Secondaries of one zone, as their packages have them but for what is said in `settings`: named, knotd and nsd, told by
 * NOTIFY from the loopback.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Server } from "./dns-client.ts";
import { makeFolder, type Running, startProcess } from "./processes.ts";
import { awaitServing, freePort, origin } from "./service.ts";

export type SecondaryKind = "bind" | "knot" | "nsd" | "nsd-as-packaged";

export interface Secondary {
  readonly kind: SecondaryKind;
  readonly server: Server;
  readonly settings: string;
  /** Resolves when it serves the zone. */
  start(primary: Server): Promise<Running>;
}

interface Recipe {
  readonly command: string;
  readonly debian: string;
  readonly settings: string;
  args(folder: string): readonly string[];
  config(place: { readonly folder: string; readonly own: Server; readonly primary: Server }): string;
}

const bind: Recipe = {
  command: "named",
  debian: "bind9",
  settings: "named -n 1, notify no",
  args: (folder) => ["-g", "-n", "1", "-c", join(folder, "config")],
  config: ({ folder, own, primary }) => `options { directory "${folder}/data"; pid-file none; session-keyfile none;
  lock-file none; listen-on port ${own.port} { ${own.address}; }; listen-on-v6 { none; }; recursion no; notify no;
  minimal-responses yes; dnssec-validation no; allow-transfer { any; }; };
controls { };
zone "${origin}" { type secondary; file "zone"; primaries { ${primary.address} port ${primary.port}; }; };\n`,
};

const knot: Recipe = {
  command: "knotd",
  debian: "knot",
  settings: "udp-workers 1, tcp-workers 1, background-workers 1",
  args: (folder) => ["-c", join(folder, "config")],
  config: ({ folder, own, primary }) => `server:
  rundir: ${folder}/data
  listen: ${own.address}@${own.port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: ${folder}/data
remote:
  - id: primary
    address: ${primary.address}@${primary.port}
acl:
  - id: local
    address: 127.0.0.1
    action: [notify, transfer]
zone:
  - domain: ${origin}
    storage: ${folder}/data
    master: primary
    acl: local\n`,
};

function nsd(reload: string, settings: string): Recipe {
  return {
    command: "nsd",
    debian: "nsd",
    settings,
    args: (folder) => ["-d", "-c", join(folder, "config")],
    config: ({ folder, own, primary }) => `server:
  server-count: 1
  ip-address: ${own.address}@${own.port}
  username: ""
  zonesdir: "${folder}/data"
  database: ""
  pidfile: ""
  xfrdir: "${folder}/data"
  xfrdfile: "${folder}/data/xfrd.state"
  zonelistfile: "${folder}/data/zone.list"
  cookie-secret-file: ""
  minimal-responses: yes
  rrl-ratelimit: 0
${reload}remote-control:
  control-enable: no
zone:
  name: ${origin}
  zonefile: zone
  request-xfr: ${primary.address}@${primary.port} NOKEY
  allow-notify: 127.0.0.1 NOKEY
  provide-xfr: 127.0.0.1 NOKEY\n`,
  };
}

const recipes: Readonly<Record<SecondaryKind, Recipe>> = {
  bind,
  knot,
  nsd: nsd("  xfrd-reload-timeout: 0\n", "server-count 1, xfrd-reload-timeout 0"),
  "nsd-as-packaged": nsd("", "server-count 1, xfrd-reload-timeout 1 as by default"),
};

/** Its place is known before the primary starts, which must know whom to tell. */
export async function planSecondary(kind: SecondaryKind, core: number): Promise<Secondary> {
  const recipe = recipes[kind];
  const server = { address: "127.0.0.1", port: await freePort() };
  return {
    kind,
    server,
    settings: recipe.settings,
    start: async (primary) => {
      const folder = await makeFolder(`secondary-${kind}`);
      await mkdir(join(folder, "data"), { mode: 0o777 });
      await writeFile(join(folder, "config"), recipe.config({ folder, own: server, primary }));
      const { command, debian } = recipe;
      const running = startProcess({ command, args: recipe.args(folder), debian, core });
      await awaitServing(running, server);
      return running;
    },
  };
}
