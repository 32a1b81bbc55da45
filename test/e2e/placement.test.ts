/**
 * Where muster runs: the real program in a network of its own, with an address in a network that the test chooses. Making
 * one needs root.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "./parts/wait.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const network = 'ip link set lo up && ip address add 192.0.2.200/25 dev lo && exec "$@"';

let folder: string;
let file: string;
const started: { child: ChildProcess; exited: Promise<unknown> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-placement-"));
  file = join(folder, "muster.yaml");
});

afterEach(async () => {
  for (const { child, exited } of started.splice(0)) {
    child.kill("SIGKILL");
    await exited;
  }
  rmSync(folder, { recursive: true });
});

function configure(placement: string, member: string, nameserver: string): void {
  const nameservers = `[{ name: ns1.example.net, address: ${nameserver} }, { name: ns2.example.net, address: 203.0.113.1 }]`;
  writeFileSync(
    file,
    `dns: { listen: "127.0.0.1:5300" }
api: { listen: "127.0.0.1:8053" }
${placement === "" ? "" : `placement: ${placement}\n`}zones: { example.org: { nameservers: ${nameservers} } }
pools:
  www.example.org: { check: { tcp: 80 }, members: [${member}] }
`,
  );
}

function inNetwork(...command: readonly string[]): readonly string[] {
  return ["-n", "sh", "-c", network, "sh", process.execPath, main, ...command];
}

function check(): { code: number | null; out: string } {
  const { status, stderr, stdout } = spawnSync("unshare", inNetwork("check", file), { encoding: "utf8" });
  return { code: status, out: stdout + stderr };
}

function serve(): { readonly child: ChildProcess; output: string } {
  const child = spawn("unshare", inNetwork("serve", file), { stdio: ["ignore", "pipe", "pipe"] });
  started.push({ child, exited: once(child, "exit") });
  const running = { child, output: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (bytes) => {
      running.output += String(bytes);
    });
  }
  return running;
}

async function says(running: { output: string }, sentence: string): Promise<void> {
  await until(`muster says ${sentence}, not ${running.output}`, () => running.output.includes(sentence) || null);
}

const near =
  "muster runs in 192.0.2.128/25 (lo), the network of member 192.0.2.201 of www.example.org: a fault of that network cuts muster off as well";
const same = "muster runs on 192.0.2.200 (lo), the machine of nameserver ns1.example.net (192.0.2.200)";

test("M4 the network of a member is told at the start, the machine of a nameserver after a reload, each once", async () => {
  configure("", "192.0.2.201", "198.51.100.53");
  const running = serve();
  await says(running, near);
  await says(running, '"rule":"placement/own-network"');
  configure("", "192.0.2.201", "192.0.2.200");
  running.child.kill("SIGHUP");
  await says(running, same);
  expect(running.output.split(near)).toHaveLength(2);
});

test("M4 placement: enforce refuses to start, and says which address and which network", async () => {
  configure("enforce", "192.0.2.201", "192.0.2.200");
  const running = serve();
  const [code] = await once(running.child, "exit");
  expect(code).not.toBe(0);
  expect(running.output).toContain(near);
  expect(running.output).toContain(same);
  expect(running.output).toContain("muster: placement: enforce refuses to start here: muster runs on ");
  expect(running.output).not.toContain("\ufffd");
});

test("M4 placement: enforce starts elsewhere, and refuses a new file that would bring a member near", async () => {
  configure("enforce", "198.51.100.7", "198.51.100.53");
  const running = serve();
  await says(running, "ready: ");
  configure("enforce", "192.0.2.201", "198.51.100.53");
  running.child.kill("SIGHUP");
  await says(running, near);
  await says(running, '"rule":"config/refused"');
});

test("M4 muster check warns when it is run on the machine, and placement: off says nothing", () => {
  configure("", "192.0.2.201", "192.0.2.200");
  const warned = check();
  expect(warned.code).toBe(0);
  expect(warned.out).toContain(`warning: ${near}`);
  expect(warned.out).toContain(`warning: ${same}`);
  configure("enforce", "127.0.0.2", "198.51.100.53");
  expect(check().out).toContain("muster runs on 127.0.0.1 (lo), the machine of member 127.0.0.2 of www.example.org");
  expect(check().out).toContain("warning: placement: enforce would refuse to start on this machine");
  for (const placement of ["off", "warn"]) {
    configure(placement, placement === "off" ? "192.0.2.201" : "127.0.0.2", "198.51.100.53");
    expect(check().out).not.toContain("muster runs");
  }
});
