/** Real servers on the machines of a segment. */
import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Segment } from "./segment.ts";

/** nginx on port 80 of the machine; its files lie in a folder of their own below `folder`. */
export function startWeb(segment: Segment, index: number, folder: string): ChildProcess {
  const home = join(folder, `nginx${index}`);
  mkdirSync(home, { recursive: true });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((each) => `${each}_temp_path ${home};`);
  const server = `server { listen 80; location / { return 200 "well"; } }`;
  writeFileSync(
    join(home, "nginx.conf"),
    `daemon off; pid ${home}/nginx.pid; error_log ${home}/error.log;
events {} http { access_log off; ${temporary.join(" ")} ${server} }`,
  );
  return segment.spawn(index, ["nginx", "-c", join(home, "nginx.conf"), "-p", home]);
}

/** sshd on port 22 of the machine. */
export function startShell(segment: Segment, index: number, folder: string): ChildProcess {
  const home = join(folder, `sshd${index}`);
  const key = join(home, "key");
  mkdirSync(home, { recursive: true });
  if (!existsSync(key)) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  writeFileSync(join(home, "conf"), `HostKey ${key}\nPidFile none\nUsePAM no\n`);
  // Where sshd, started as root, confines the part of it that strangers talk to.
  mkdirSync("/run/sshd", { recursive: true });
  return segment.spawn(index, ["/usr/sbin/sshd", "-D", "-e", "-f", join(home, "conf")]);
}
