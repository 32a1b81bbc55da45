/** The commands against a real listening API over the operator in memory: output, errors, exit status. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { createFakeOperator, type FakeOperator } from "../../test/fakes/operator.ts";
import { createApi } from "../api/app.ts";
import { eventSchema, statusSchema } from "../api/contract.ts";
import { type ApiListening, listenApi } from "../api/listen.ts";
import type { ReadConfig } from "./context.ts";
import { commands } from "./commands/list.ts";
import type { CliIo } from "./io.ts";
import { runCli } from "./run.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
let folder = "";
let operator: FakeOperator;
let listening: ApiListening;
let url = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "muster-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  operator = createFakeOperator();
  const api = createApi({ operator, token: "s3cret-token", version: "1", pageDir: null, log: silent });
  listening = await listenApi(api, { address: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${listening.address.port}`;
});
afterEach(() => listening.close());

interface Run {
  readonly code: Promise<number>;
  readonly stop: AbortController;
  readonly out: () => string;
  readonly err: () => string;
}

interface Setting {
  readonly env?: Record<string, string>;
  readonly terminal?: { readonly columns: number; readonly rows: number };
  readonly serve?: (readConfig: ReadConfig) => Promise<void>;
}

async function readOnly(readConfig: ReadConfig): Promise<void> {
  await readConfig();
}

function begin(args: readonly string[], { env = {}, terminal, serve = readOnly }: Setting = {}): Run {
  const text = { out: "", err: "" };
  const stop = new AbortController();
  const io: CliIo = {
    env: { MUSTER_API: url, MUSTER_TOKEN: "s3cret-token", ...env },
    out: (more) => void (text.out += more),
    err: (more) => void (text.err += more),
    screen:
      terminal === undefined
        ? null
        : { columns: () => terminal.columns, rows: () => terminal.rows, onResize: () => () => {} },
    colour: false,
    interrupted: () => stop.signal,
  };
  const code = runCli(args, { version: "9.8.7", serve, io });
  return { code, stop, out: () => text.out, err: () => text.err };
}

async function run(args: readonly string[], setting?: Setting) {
  const running = begin(args, setting);
  const code = await running.code;
  return { code, out: running.out(), err: running.err() };
}

async function runJson(args: readonly string[]) {
  const { code, out, err } = await run(args);
  expect(err).toBe("");
  return { code, json: z.any().parse(JSON.parse(out)) };
}

test("status shows every member in columns, and is 0 while all is well", async () => {
  const { code, out, err } = await run(["status"]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toBe(`muster 0.0.0-fake, ready, up 1h, 1 zone, 2 pools, 5 members
zone example.org, serial 1893553445

www.example.org  round-robin, TTL 30s
  answers 192.0.2.10 192.0.2.11 2001:db8::12 for 1m: 3 of 3 members answer
  member  address       health  since  answered    took  reason
  web1    192.0.2.10    up         1m  yes       2.4 ms  2 good probes in a row
  web2    192.0.2.11    up         1m  yes       2.4 ms  2 good probes in a row
  web3    2001:db8::12  up         1m  yes       2.4 ms  2 good probes in a row

db.example.org  priority, TTL 30s
  answers 192.0.2.20 for 1m: 1 of 2 members answer
  member  address        prio  health  since  answered    took  reason
  db1     192.0.2.20        1  up         1m  yes       2.4 ms  2 good probes in a row
  db2     198.51.100.20     2  up         1m  no        2.4 ms  2 good probes in a row
`);
});

test("status is 1 when a last resort is served, or not everything was judged", async () => {
  operator.ready = false;
  expect((await run(["status"])).code).toBe(1);
  operator.ready = true;
  for (const member of ["db1", "db2"]) operator.setHealth(member, "down", "closed");
  const { code, out } = await run(["status"]);
  expect(code).toBe(1);
  expect(out).toContain("LAST RESORT, answers 192.0.2.20 198.51.100.20");
});

test.each([200, 100, 80, 60, 40])("status fits a terminal of %i columns", async (columns) => {
  operator.setHealth("web1", "down", "connection refused: nobody listens on port 80 of this machine any more");
  const { out } = await run(["status"], { terminal: { columns, rows: 24 } });
  for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(columns);
  for (const word of ["web1", "down", "connection", "refused:", "machine", "more"]) expect(out).toContain(word);
});

test("what a member answered cannot steer the terminal", async () => {
  operator.setHealth("web1", "down", "status 500 \u001b]0;owned\u0007\u001b[2J\u202e");
  operator.addEvent({ sentence: "a\r\nb\u001b[31m" });
  for (const command of [["status"], ["explain", "www.example.org"], ["events"]]) {
    const { out } = await run(command);
    expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  }
});

test("--json is one document of the contract's shape", async () => {
  operator.addEvent({});
  expect(statusSchema.parse((await runJson(["status", "--json"])).json)).toEqual(operator.status());
  expect((await runJson(["explain", "www.example.org", "--json"])).json).toEqual(operator.explain("www.example.org"));
  expect((await runJson(["events", "--json"])).json.events).toHaveLength(1);
  expect((await runJson(["drain", "web1", "--json"])).json.members[0].override.kind).toBe("drain");
  expect((await runJson(["enable", "web1", "--json"])).json.members[0].override).toBe(null);
  expect((await runJson(["failback", "db.example.org", "--json"])).json.sentences).toHaveLength(1);
  expect((await runJson(["reload", "--json"])).json.sentences).toEqual(["nothing changed"]);
  expect((await runJson(["version", "--json"])).json).toEqual({ version: "9.8.7", node: process.versions.node });
  expect((await runJson(["schema"])).json.type).toBe("object");
});

test("explain draws the evidence as a tree", async () => {
  const { code, out } = await run(["explain", "db.example.org"]);
  expect(code).toBe(0);
  expect(out).toBe(`db.example.org
└─ db.example.org: 1 of 2 members answer [pool/priority]
   ├─ db1 is up: 2 good probes in a row [health/rise]
   └─ db2 is up: 2 good probes in a row [health/rise]
`);
});

test("drain tells when the member is safe to stop, and keeps reason, owner and end", async () => {
  const args = ["drain", "web1", "--reason", "new disk", "--for", "1h30m", "--owner", "ann"];
  const { code, out } = await run(args);
  expect(code).toBe(0);
  expect(out).toMatch(/web1 \(www\.example\.org\/192\.0\.2\.10\): safe to stop in 30s, at \d\d:\d\d:\d\d/);
  const override = operator.status().pools[0]?.members[0]?.override;
  expect(override).toMatchObject({ owner: "ann", reason: "new disk", expiresAt: operator.nowMs + 5_400_000 });
  expect((await run(["status"])).out).toContain("by ann: new disk (safe to stop in 30s, ends in 1h 30m)");
  operator.nowMs += 30_000;
  expect((await run(["status"])).out).toContain("by ann: new disk (safe to stop, ends in 1h 29m)");
});

test("drain --wait ends when the member is safe to stop", async () => {
  const running = begin(["drain", "web1", "--wait"]);
  await expect.poll(running.out).toContain("safe to stop in 30s");
  operator.nowMs += 30_000;
  expect(await running.code).toBe(0);
  expect(running.out()).toContain("web1 (www.example.org/192.0.2.10): safe to stop\n");
});

test("drain --wait is 1 when somebody enables the member, 130 when it is stopped", async () => {
  const overtaken = begin(["disable", "web1", "--wait"]);
  await expect.poll(overtaken.out).toContain("safe to stop in");
  await operator.clearOverride("web1", { owner: "bob", reason: "overtaken" });
  expect(await overtaken.code).toBe(1);
  expect(overtaken.err()).toContain("must not be stopped: it was enabled meanwhile");
  const stopped = begin(["disable", "web2", "--wait"]);
  await expect.poll(stopped.out).toContain("safe to stop in");
  stopped.stop.abort();
  expect(await stopped.code).toBe(130);
});

test("drain --wait counts down in one line of a terminal, and Ctrl-C ends the waiting only", async () => {
  const running = begin(["drain", "web1", "--wait"], { terminal: { columns: 80, rows: 24 } });
  await expect.poll(running.out).toContain("\r\u001b[Ksafe to stop in 30s");
  operator.nowMs += 10_000;
  await expect.poll(running.out).toContain("\r\u001b[Ksafe to stop in 20s");
  running.stop.abort();
  expect([await running.code, running.err()]).toEqual([
    130,
    "\nmuster: stopped waiting; the override stays (`muster enable` ends it).\n",
  ]);
});

test("events prints a line each, and follows without losing or doubling any", async () => {
  operator.addEvent({ subject: "web1", sentence: "first" });
  const running = begin(["events", "--follow", "--json"]);
  await expect.poll(() => operator.subscribers()).toBe(1);
  operator.addEvent({ subject: "web2", sentence: "second" });
  await expect.poll(running.out).toContain("second");
  running.stop.abort();
  expect(await running.code).toBe(0);
  const events = running
    .out()
    .trim()
    .split("\n")
    .map((line) => eventSchema.parse(JSON.parse(line)));
  expect(events.map(({ id }) => id)).toEqual([1, 2]);
  expect((await run(["events", "--subject", "web2"])).out).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  health +web2  second\n$/,
  );
});

test("events --follow takes a lost connection up again after the last event", async () => {
  const running = begin(["events", "--follow", "--json"]);
  await expect.poll(() => operator.subscribers()).toBe(1);
  operator.addEvent({ sentence: "before" });
  await expect.poll(running.out).toContain("before");
  const { address } = listening;
  await listening.close();
  await expect.poll(running.err).toContain("Trying again");
  operator.addEvent({ sentence: "meanwhile" });
  const api = createApi({ operator, token: "s3cret-token", version: "1", pageDir: null, log: silent });
  listening = await listenApi(api, address);
  await expect.poll(running.out).toContain("meanwhile");
  running.stop.abort();
  expect(await running.code).toBe(0);
  expect(running.out().trim().split("\n")).toHaveLength(2);
});

test("status --watch draws over itself, cuts what does not fit, and leaves the terminal as it was", async () => {
  const running = begin(["status", "--watch"], { terminal: { columns: 90, rows: 8 } });
  await expect.poll(running.out).toContain("more lines");
  operator.setHealth("web1", "down", "closed");
  await expect.poll(running.out).toContain("down");
  running.stop.abort();
  expect(await running.code).toBe(0);
  const out = running.out();
  expect(out.startsWith("\u001b[?1049h")).toBe(true);
  expect(out.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
  const frames = out.split("\u001b[?2026h").slice(1);
  expect(frames.length).toBeGreaterThan(1);
  for (const frame of frames) expect(frame.split("\r\n").length).toBeLessThanOrEqual(8);
});

test("status --watch --json is one line for each change; without a terminal it needs --json", async () => {
  const running = begin(["status", "--watch", "--json"]);
  await expect.poll(running.out).toContain("\n");
  running.stop.abort();
  expect(await running.code).toBe(0);
  expect(statusSchema.parse(JSON.parse(running.out().trim()))).toEqual(operator.status());
  expect((await run(["status", "--watch"])).code).toBe(2);
});

test.each<[readonly string[], number, string]>([
  [["drain", ""], 2, "muster: An argument is empty, the one after drain: write what is meant, or leave it out.\n"],
  [
    ["reload", "--force= "],
    2,
    "muster: option '--force <reason>' argument ' ' is invalid. Expected one line of text, which is not empty and has at most 500 characters.\n",
  ],
  [
    ["check", "/nowhere.yaml"],
    2,
    "/nowhere.yaml:1:1: error: /nowhere.yaml cannot be read: there is no such file\n      expected a configuration file\n",
  ],
  [["serve", "/nowhere.yaml"], 2, "muster: /nowhere.yaml cannot be read: there is no such file\n"],
  [["cnames", "/"], 2, "muster: / is a folder, not a file\n"],
  [["statsu"], 2, "muster: unknown command 'statsu'\n(Did you mean status?)\n"],
  [["status", "--jsno"], 2, "muster: unknown option '--jsno'\n(Did you mean --json?)\n"],
  [
    ["drain", "web1", "--for", "3651d"],
    2,
    "muster: option '--for <duration>' argument '3651d' is invalid. Expected ten years (3650d) at most.\n",
  ],
  [["drain"], 2, "muster: missing required argument 'member'\n"],
  [["drain", "web11"], 2, 'muster: no member is called "web11"; did you mean web1?\n'],
  [
    ["explain", "wwv.example.org"],
    2,
    "muster: There is no pool and no zone wwv.example.org; did you mean www.example.org?\n",
  ],
  [["failback", "www.example.org"], 4, "muster: www.example.org has no priorities to fail back to\n"],
  [
    ["status", "--api", "ftp://x"],
    2,
    'muster: "ftp://x" is no address of an API; expected one such as http://127.0.0.1:8053.\n',
  ],
  [
    ["status", "--token-file", "/nonexistent/token"],
    2,
    "muster: The token file /nonexistent/token cannot be read: there is no such file.\n",
  ],
])("a mistake is one clear sentence: %j", async (args, code, sentence) => {
  expect(await run(args)).toEqual({ code, out: "", err: sentence });
});

test("a controller that refuses or is not there", async () => {
  const refused = await run(["status"], { env: { MUSTER_TOKEN: "wrong" } });
  expect(refused.code).toBe(4);
  expect(refused.err).toBe("muster: A valid bearer token is required: Authorization: Bearer TOKEN.\n");
  await listening.close();
  const gone = await run(["status"]);
  expect(gone.code).toBe(3);
  expect(gone.err).toBe(`muster: No controller can be reached at ${url}: nothing listens there.\n`);
});

test("the token comes from a file", async () => {
  const file = join(folder, "token");
  await writeFile(file, "s3cret-token\n");
  expect((await run(["status", "--token-file", file], { env: { MUSTER_TOKEN: "wrong" } })).code).toBe(0);
  expect((await run(["status"], { env: { MUSTER_TOKEN: "", MUSTER_TOKEN_FILE: file } })).code).toBe(0);
});

test("a bug is called one, and an environment that fails is not", async () => {
  const file = join(folder, "good.yaml");
  await writeFile(
    file,
    "zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com] } }\npools: { www.example.org: { check: { http: / }, members: [192.0.2.1] } }\n",
  );
  const failWith = (error: Error): Setting => ({ serve: () => Promise.reject(error) });
  const taken = await run(
    ["serve", file],
    failWith(Object.assign(new Error("The port is taken."), { code: "port_taken" })),
  );
  expect(taken).toEqual({ code: 5, out: "", err: "muster: The port is taken.\n" });
  const bug = await run(["serve", file], failWith(new TypeError("x is not a function")));
  expect(bug.code).toBe(70);
  expect(bug.err).toContain("this is a bug in muster");
});

test("serve does not begin with a configuration that has mistakes", async () => {
  const file = join(folder, "bad.yaml");
  await writeFile(file, "zones: {}\npoools: {}\n");
  let began = false;
  const serve = async (readConfig: ReadConfig): Promise<void> => void (began = (await readConfig()) !== null);
  const { code, err } = await run(["serve", file], { serve });
  expect([code, began]).toEqual([1, false]);
  expect(err).toContain("did you mean pools?");
});

test("check shows every mistake of the configuration, then of the zone files", async () => {
  const file = join(folder, "check.yaml");
  await writeFile(file, "zones: { example.org: { file: zone.txt } }\n");
  expect((await run(["check", file])).out).toContain("zone.txt: cannot be read: there is no such file");
  await writeFile(
    join(folder, "zone.txt"),
    "$TTL 60\n@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.999\n",
  );
  const broken = await run(["check", file]);
  expect(broken.code).toBe(1);
  expect(broken.out).toMatch(/zone\.txt:5:\d+: .*192\.0\.2\.999/);
  await writeFile(file, "zones: { example.org: { file: zone.txt } }\npoools: {}\n");
  const both = await run(["check", file]);
  expect(both.out).toMatch(/did you mean pools\?[\s\S]*zone\.txt:5:\d+: .*192\.0\.2\.999[\s\S]*: 2 mistakes\n/);
  await writeFile(file, "zones: { example.org: { file: zone.txt } }\n");
  await writeFile(
    join(folder, "zone.txt"),
    "$TTL 60\n@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.9\n",
  );
  expect((await run(["check", file])).code).toBe(0);
  const { json } = await runJson(["check", file, "--json"]);
  expect(json).toMatchObject({ ok: true, problems: [], zones: 1 });
  await writeFile(file, "zones: { example.org: { file: zone.txt, ttl: soon } }\npools: { 5: x }\n");
  const wrong = await runJson(["check", file, "--json"]);
  expect(wrong.code).toBe(1);
  expect(wrong.json.problems.length).toBeGreaterThan(1);
});

test("help names every command, every exit status, and each command has examples or a plain use", async () => {
  const { code, out } = await run(["--help"]);
  expect(code).toBe(0);
  for (const { name } of commands) expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
  for (const status of [0, 1, 2, 3, 4, 5, 70, 130]) expect(out).toMatch(new RegExp(`^  ${status} `, "m"));
  for (const [, name] of out.matchAll(/^ {2}([a-z]+)(?: \[options\])?(?: <[a-z]+>)? {2,}/gm)) {
    if (name === undefined || name === "help") continue;
    const help = await run([name, "--help"]);
    expect(help.code, name).toBe(0);
    if (name !== "version") expect(help.out, name).toContain("Examples:");
  }
});
