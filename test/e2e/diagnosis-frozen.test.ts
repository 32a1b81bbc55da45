/**
 * Machines that crash without a cable being pulled: real servers that are frozen, on a machine whose kernel still answers or
 * does not. The switch, the cable and every carrier stay as they are.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Program } from "./parts/program.ts";
import { Segment } from "./parts/segment.ts";
import { startShell, startWeb } from "./parts/segment-servers.ts";
import { until } from "./parts/wait.ts";

const pools = { http: "www.example.org", ssh: "shell.example.org", ping: "hosts.example.org" } as const;
type Check = keyof typeof pools;
const folder = mkdtempSync(join(tmpdir(), "muster-frozen-"));
let segment: Segment;
let program: Program;
let one: string;
let web: ChildProcess;
let shell: ChildProcess;

/** What is wrong with each check of the first machine; `up`: nothing. */
async function diagnoses(): Promise<Record<Check, string>> {
  const { pools: views } = await program.status();
  const found = (check: Check): string => {
    const member = views.find(({ name }) => name === pools[check])?.members.find(({ address }) => address === one);
    return member?.diagnosis?.sentence ?? `${member?.health}`;
  };
  return { http: found("http"), ssh: found("ssh"), ping: found("ping") };
}

async function finds(wanted: Readonly<Record<Check, string>>): Promise<void> {
  let seen = "";
  await until(`the machine has ${JSON.stringify(wanted)}`, async () => {
    const found = await diagnoses();
    seen = JSON.stringify(found);
    return (["http", "ssh", "ping"] as const).every((check) => found[check].startsWith(wanted[check])) ? true : null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it has ${seen}\n${program.output}`);
  });
}

const well = { http: "up", ssh: "up", ping: "up" };

beforeAll(async () => {
  segment = new Segment(2);
  const [first = "", second = ""] = segment.addresses;
  one = first;
  web = startWeb(segment, 0, folder);
  shell = startShell(segment, 0, folder);
  startWeb(segment, 1, folder);
  program = await Program.start(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s } }
defaults: { interval: 500ms, timeout: 500ms, rise: 1 }
placement: off
references: { check: { ping: {} }, addresses: [${segment.elsewhere}] }
diagnosis: { networks: ["${segment.network}"] }
pools:
  ${pools.http}: { check: { http: { path: / } }, members: [${first}, ${second}] }
  ${pools.ssh}: { check: { ssh: {} }, members: [${first}] }
  ${pools.ping}: { check: { ping: {} }, members: [${first}, ${second}] }
`);
  await finds(well);
});

const mend: (() => void)[] = [];

afterEach(async () => {
  for (const each of mend.splice(0)) each();
  await finds(well);
});

afterAll(async () => {
  await program?.close();
  await segment?.close();
  rmSync(folder, { recursive: true, force: true });
});

function freeze(child: ChildProcess): void {
  mend.push(() => segment.thaw(child));
  segment.freeze(child);
}

test("T1 a frozen machine: nothing answers, while its link is up: host down", async () => {
  freeze(web);
  freeze(shell);
  mend.push(() => segment.thawKernel(0));
  segment.freezeKernel(0);
  const sentence = `host down: nothing on ${one} answers`;
  await finds({ http: sentence, ssh: sentence, ping: sentence });
});

test("T1 one frozen service: its kernel takes connections, and the rest of the machine answers: service slow", async () => {
  freeze(web);
  await finds({ http: "service slow: http no answer within 500 ms", ssh: "up", ping: "up" });
  expect(program.cli("explain", pools.http).out.replaceAll(/[\s│├└─]+/g, " ")).toMatch(
    /service slow, because: http no answer within 500 ms; \S+ is there: (ping, ssh|ssh, ping) answer/,
  );
});

test("T1 every program is frozen, and only the kernel answers: host down", async () => {
  freeze(web);
  freeze(shell);
  const sentence = `host down: everything on ${one} hangs but its kernel`;
  await finds({ http: sentence, ssh: sentence, ping: "up" });
});
