/** `npm start` as a newcomer sees it: ready, a web server killed, the answer changes, Ctrl-C, and nothing is left. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rdataAddress } from "../../src/dns/rdata/index.ts";
import { freePort } from "../fakes/free-port.ts";
import { ask } from "../interop/dns-client.ts";
import { until } from "./parts/wait.ts";

const demo = join(import.meta.dirname, "../../tools/demo.ts");
const main = join(import.meta.dirname, "../../src/main.ts");

let folder: string;
let child: ChildProcess;
let output: string;
let dnsPort: number;

function start(ports: { dns: number; api: number; web: number }): void {
  const { api, dns, web } = ports;
  const args = [demo, "--dns-port", `${dns}`, "--api-port", `${api}`, "--web-port", `${web}`, "--folder", folder];
  child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes) => void (output += String(bytes)));
}

async function addresses(): Promise<string> {
  const { answers } = await ask({ address: "127.0.0.1", port: dnsPort }, { name: "www.demo.example", type: "A" });
  return answers
    .map(({ rdata }) => rdataAddress(rdata))
    .sort()
    .join(" ");
}

function answers(wanted: string): Promise<true> {
  const seen = () => addresses().catch(() => "nothing");
  return until(`www.demo.example answers ${wanted}`, async () => ((await seen()) === wanted ? true : null));
}

function auditOf(api: number): string | null {
  const env = { ...process.env, MUSTER_API: `http://127.0.0.1:${api}` };
  const { status, stdout } = spawnSync(process.execPath, [main, "audit", "demo.example"], { env, encoding: "utf8" });
  return status === 0 && stdout.includes("2 nameservers: all well") ? stdout : null;
}

async function ended(): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-demo-"));
});

afterEach(async () => {
  child.kill("SIGINT");
  await ended();
  rmSync(folder, { recursive: true, force: true });
});

test("the demo becomes ready, follows a kill, tells how to bring the server back, and ends whole", async () => {
  dnsPort = await freePort();
  const api = await freePort();
  start({ dns: dnsPort, api, web: await freePort() });
  await until("the demo is ready", () => (output.includes("muster is ready") ? true : null));
  await answers("127.0.0.11 127.0.0.12 127.0.0.13");
  const pid = Number(/kill -9 (\d+)/.exec(output)?.[1]);
  process.kill(pid, "SIGKILL");
  await answers("127.0.0.11 127.0.0.13");
  await until("both nameservers are found to serve what was decided", () => auditOf(api));
  await until("the way back is told", () => (/Bring it back: .+127\.0\.0\.12/.test(output) ? true : null));
  const frozen = Number(/kill -STOP (\d+)/.exec(output)?.[1]);
  child.kill("SIGINT");
  expect(await ended()).toBe(0);
  await until("the web servers are gone", () => (existsSync(`/proc/${frozen}`) ? null : true));
});

test("a port that is taken is named, with the option that moves it", async () => {
  dnsPort = await freePort();
  const api = await freePort();
  const web = await freePort();
  start({ dns: dnsPort, api, web });
  await until("the demo is ready", () => (output.includes("muster is ready") ? true : null));
  const first = child;
  start({ dns: dnsPort, api: await freePort(), web: await freePort() });
  expect(await ended()).toBe(1);
  expect(output).toContain(`port ${dnsPort} on 127.0.0.1 is taken`);
  expect(output).toContain("--dns-port");
  child = first;
});
