/** A site on a mount that really hangs: nginx serves from it, and the machine's agent looks at it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { HangingMount } from "./parts/machine.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const www = "www.example.org";
const web1 = "127.0.0.2";
const folder = mkdtempSync(join(tmpdir(), "muster-diagnosis-"));
let mount: HangingMount;
let program: Program;
let nginx: ChildProcess;
let agent: ChildProcess | null = null;

function startNginx(port: number): ChildProcess {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((each) => `${each}_temp_path ${folder};`);
  const server = `server { listen ${web1}:${port}; root ${mount.path}; }`;
  const http = `http { access_log off; ${temporary.join(" ")} ${server} }`;
  const head = `daemon off; user root; pid ${folder}/nginx.pid; error_log ${folder}/error.log; events {}`;
  writeFileSync(join(folder, "nginx.conf"), `${head} ${http}`);
  return spawn("nginx", ["-c", join(folder, "nginx.conf"), "-p", folder], { stdio: "ignore" });
}

async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

async function finds(wanted: string | undefined): Promise<void> {
  let seen: string | undefined;
  await until(`the diagnosis is ${wanted}`, async () => {
    const member = (await program.status()).pools[0]?.members[0];
    seen = member?.diagnosis?.sentence;
    return seen === wanted && (wanted !== undefined || member?.health === "up") ? true : null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it is ${seen}\n${program.output}`);
  });
}

beforeAll(async () => {
  const [port, watchPort] = [await freePort("0.0.0.0"), await freePort()];
  mount = await HangingMount.start();
  writeFileSync(join(mount.path, "page.txt"), "well");
  nginx = startNginx(port);
  program = await Program.start(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s } }
placement: off
watch: { listen: "127.0.0.1:${watchPort}" }
defaults: { interval: 500ms, timeout: 500ms }
agents: { web1: { address: ${web1}, mounts: ["${mount.path}"] } }
pools: { ${www}: { check: { http: { port: ${port}, path: /page.txt, body: well } }, members: [${web1}] } }
`);
  const { code, err, out } = program.cli("agent", "enrol", "web1", program.file);
  expect(code, err).toBe(0);
  const token = join(folder, "token");
  writeFileSync(token, out, { mode: 0o600 });
  const words = ["agent", "--controller", `127.0.0.1:${watchPort}`, "--folder", join(folder, "agent")];
  agent = spawn(process.execPath, [main, ...words, "--token-file", token], { stdio: "ignore" });
  await finds(undefined);
  await until("the agent reports its mount", async () => {
    const [view] = (await program.status()).agents;
    return view?.mounts[0]?.state === "ok" ? true : null;
  });
});

afterAll(async () => {
  mount?.resume();
  await end(agent);
  await program?.close();
  await end(nginx);
  await mount?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("T1 T2 T11 a web server that waits for a mount: mount hung, and not the service", async () => {
  mount.hang();
  await finds(`mount hung: ${mount.path} on web1 hangs, says its agent`);
  const { out } = program.cli("explain", www);
  expect(out.replaceAll(/[\s│├└─]+/g, " ")).toContain(
    `mount hung, because: ${mount.path} on web1 hangs, says its agent`,
  );
  mount.resume();
  await finds(undefined);
});
