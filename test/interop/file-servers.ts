/** Real servers of the zone example.org from a file that muster writes, each with the command that makes it read the file. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../fakes/free-port.ts";
import { type Daemon, startDaemon } from "./daemon.ts";

export interface FileServer {
  readonly daemon: Daemon;
  readonly file: string;
  readonly reload: readonly string[];
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly control: number;
}

interface Recipe {
  prepare(place: Place): readonly [string, readonly string[]];
  reload(place: Place): readonly string[];
}

const bind: Recipe = {
  prepare: ({ control, folder, port }) => {
    execFileSync("rndc-confgen", ["-a", "-c", join(folder, "rndc.key"), "-k", "rndc-key"], { stdio: "ignore" });
    writeFileSync(
      join(folder, "named.conf"),
      `include "${folder}/rndc.key";
       options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no;
         pid-file none; session-keyfile none; lock-file none; dnssec-validation no; allow-transfer { 127.0.0.1; };
         notify explicit; also-notify { 127.0.0.1 port ${port + 1}; }; notify-delay 0; };
       controls { inet 127.0.0.1 port ${control} allow { 127.0.0.1; } keys { "rndc-key"; }; };
       zone "example.org" { type primary; file "${folder}/zone"; };`,
    );
    return ["named", ["-g", "-n", "1", "-c", join(folder, "named.conf")]];
  },
  reload: ({ control, folder }) => [
    "rndc",
    "-s",
    "127.0.0.1",
    "-p",
    String(control),
    "-k",
    join(folder, "rndc.key"),
    "reload",
    "example.org",
  ],
};

const knot: Recipe = {
  prepare: ({ folder, port }) => {
    mkdirSync(join(folder, "db"));
    writeFileSync(
      join(folder, "knot.conf"),
      `server:\n  rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n` +
        `control:\n  listen: ${folder}/knot.sock\ndatabase:\n  storage: ${folder}/db\n` +
        `zone:\n  - domain: example.org\n    storage: ${folder}\n    file: zone\n    zonefile-sync: -1\n    zonefile-load: whole\n`,
    );
    return ["knotd", ["-c", join(folder, "knot.conf")]];
  },
  reload: ({ folder }) => ["knotc", "-b", "-s", join(folder, "knot.sock"), "zone-reload", "example.org"],
};

const nsd: Recipe = {
  prepare: ({ folder, port }) => {
    writeFileSync(
      join(folder, "nsd.conf"),
      `server:\n  ip-address: 127.0.0.1@${port}\n  zonesdir: ${folder}\n  pidfile: ""\n  username: ""\n  chroot: ""\n` +
        `  xfrdir: ${folder}\n  xfrdfile: ""\n  zonelistfile: ${folder}/zones.list\n  cookie-secret-file: ""\n` +
        `remote-control:\n  control-enable: yes\n  control-interface: ${folder}/nsd.sock\n` +
        `zone:\n  name: example.org\n  zonefile: zone\n`,
    );
    return ["nsd", ["-d", "-c", join(folder, "nsd.conf")]];
  },
  reload: ({ folder }) => ["nsd-control", "-c", join(folder, "nsd.conf"), "reload", "example.org"],
};

const powerdns: Recipe = {
  prepare: ({ folder, port }) => {
    writeFileSync(
      join(folder, "named.conf"),
      `options { directory "${folder}"; };\nzone "example.org" { type master; file "${folder}/zone"; };\n`,
    );
    writeFileSync(
      join(folder, "pdns.conf"),
      `launch=bind\nbind-config=${folder}/named.conf\nlocal-address=127.0.0.1\nlocal-port=${port}\nsocket-dir=${folder}\n` +
        `guardian=no\ndaemon=no\nreceiver-threads=1\ncache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\n` +
        `zone-cache-refresh-interval=0\nsecurity-poll-suffix=\n`,
    );
    return ["pdns_server", [`--config-dir=${folder}`]];
  },
  reload: ({ folder }) => ["pdns_control", `--socket-dir=${folder}`, "bind-reload-now", "example.org"],
};

const recipes = { bind, knot, nsd, powerdns } as const;
export type FileServerName = keyof typeof recipes;
export const fileServerNames = ["bind", "knot", "nsd", "powerdns"] as const satisfies readonly FileServerName[];

/** Starts one that serves `zone` until muster writes another. */
export async function startFileServer(name: FileServerName, zone: string): Promise<FileServer> {
  const recipe = recipes[name];
  const control = await freePort();
  let reload: readonly string[] = [];
  const daemon = await startDaemon({
    label: `file-${name}`,
    waitFor: "zone",
    prepare: (folder, port) => {
      writeFileSync(join(folder, "zone"), zone, { mode: 0o640 });
      reload = recipe.reload({ folder, port, control });
      return recipe.prepare({ folder, port, control });
    },
  });
  return { daemon, file: join(daemon.folder, "zone"), reload };
}
