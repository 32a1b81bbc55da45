import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ExecProbe } from "../../src/core/model.ts";
import { programsRunningMax } from "../../src/io/probe/limits.ts";
import { freePort } from "../fakes/free-port.ts";
import { startNginx } from "./probe-nginx.ts";
import { makeScene, runProbe, targetOf, wordsOf } from "./probe-scene.ts";

const scene = makeScene();

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "muster-exec-"));
  scene.after.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function script(folder: string, body: string): string {
  const path = join(folder, "check");
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

function exec(command: readonly string[], changes: Partial<ExecProbe> = {}): ExecProbe {
  return { kind: "exec", command, port: null, warning: "up", environment: [], ...changes };
}

/** Command lines of living processes, zombies left out, that hold `text`. */
function livingWith(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    })
    .filter((line) => line.includes(text));
}

/** Children of this process that have ended and were not taken note of. */
function zombies(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/stat`, "utf8");
      } catch {
        return "";
      }
    })
    .filter((stat) => / Z \d+ /.test(stat) && stat.includes(` Z ${process.pid} `));
}

test.each([
  ["echo 'all is well | time=1'; echo more", "up", "up: all is well"],
  ["echo odd; exit 1", "up", "up: odd"],
  ["echo odd; exit 1", "down", "down: odd"],
  ["echo 'CRITICAL: gone'; exit 2", "up", "down: CRITICAL: gone"],
  ["echo 'no idea'; exit 3", "up", "unknown: no idea"],
  ["echo 'broken' >&2; exit 4", "up", "unknown: exit code 4 has no meaning: broken"],
  ["exit 2", "up", "down: exit code 2"],
  ["kill -SEGV $$", "up", "unknown: the program was ended by SIGSEGV"],
  ["printf '\\033[31mred\\007\\n'", "up", "up: .[31mred."],
] as const)("the script `%s` with warning: %s gives %s", async (body, warning, expected) => {
  const command = [script(makeFolder(), body)];
  expect(wordsOf(await runProbe(scene.prober(), targetOf(exec(command, { warning })), 10_000))).toBe(expected);
});

test("address and port are filled in, no shell reads the arguments, and the environment is all but empty", async () => {
  process.env.MUSTER_TEST_SECRET = "hidden";
  process.env.MUSTER_TEST_PASSED = "passed";
  scene.after.push(() => {
    delete process.env.MUSTER_TEST_SECRET;
    delete process.env.MUSTER_TEST_PASSED;
  });
  const program = script(makeFolder(), 'echo "$# $1 $2 $(env | grep -v ^_ | cut -d= -f1 | sort | tr "\\n" " ")"');
  const probe = exec([program, "{address}:{port}", "$(touch /tmp/muster-shell); `id`"], {
    port: 443,
    environment: ["MUSTER_TEST_PASSED"],
  });
  const verdict = await runProbe(scene.prober(), targetOf(probe), 10_000);
  expect(wordsOf(verdict)).toBe(
    "up: 2 127.0.0.1:443 $(touch /tmp/muster-shell); `id` LC_ALL MUSTER_TEST_PASSED PATH PWD",
  );
  expect(existsSync("/tmp/muster-shell")).toBe(false);
});

test("a program that is missing, or may not be run, is a fault of this machine", async () => {
  const folder = makeFolder();
  const plain = join(folder, "plain");
  writeFileSync(plain, "no program");
  const prober = scene.prober();
  const find = async (path: string): Promise<string> => wordsOf(await runProbe(prober, targetOf(exec([path]))));
  expect(await find(join(folder, "none"))).toMatch(/^unknown: .*\/none does not exist$/);
  expect(await find(plain)).toMatch(/^unknown: .*\/plain may not be run by muster$/);
});

test("a program that hangs is down by the timeout, and it and its grandchildren are gone", async () => {
  const folder = makeFolder();
  const mark = `99${process.pid}`;
  const program = script(folder, `sleep ${mark}1 & (sleep ${mark}2 & wait) & sleep ${mark}3`);
  const verdict = await runProbe(scene.prober(), targetOf(exec([program])), 400);
  expect(wordsOf(verdict)).toBe("down: no result within 400 ms");
  await expect.poll(() => livingWith(`sleep ${mark}`)).toEqual([]);
  await expect.poll(zombies).toEqual([]);
});

test("what a program leaves behind in the background ends with it, and does not hold up the verdict", async () => {
  const mark = `98${process.pid}`;
  const program = script(makeFolder(), `sleep ${mark} & echo done`);
  expect(wordsOf(await runProbe(scene.prober(), targetOf(exec([program])), 30_000))).toBe("up: done");
  await expect.poll(() => livingWith(`sleep ${mark}`)).toEqual([]);
});

test("a program that is cancelled, or whose prober closes, is killed at once", async () => {
  const mark = `97${process.pid}`;
  const program = script(makeFolder(), `sleep ${mark} & sleep ${mark}`);
  const prober = scene.prober();
  const target = targetOf(exec([program]));
  const verdicts: string[] = [];
  const start = (): (() => void) =>
    prober.start({ target, timeoutMs: 60_000, fresh: true }, (verdict) => verdicts.push(verdict.kind));
  const cancel = start();
  await expect.poll(() => livingWith(`sleep ${mark}`).length).toBe(2);
  cancel();
  await expect.poll(() => livingWith(`sleep ${mark}`)).toEqual([]);
  start();
  await expect.poll(() => livingWith(`sleep ${mark}`).length).toBe(2);
  await prober.close();
  await expect.poll(() => livingWith(`sleep ${mark}`)).toEqual([]);
  expect(zombies()).toEqual([]);
  expect(verdicts).toEqual([]);
});

test("a program that prints without end is ended, and is unknown", async () => {
  const program = script(makeFolder(), "yes 'a lot of words'");
  const verdict = await runProbe(scene.prober(), targetOf(exec([program])), 30_000);
  expect(wordsOf(verdict)).toBe("unknown: the program printed more than 1048576 octets");
  await expect.poll(() => livingWith("a lot of words")).toEqual([]);
});

test("only so many run at once; one whose turn does not come is unknown, not down", async () => {
  const folder = makeFolder();
  const mark = `96${process.pid}`;
  const hanging = targetOf(exec([script(folder, `exec sleep ${mark}`)]));
  const prober = scene.prober();
  for (let i = 0; i < programsRunningMax; i++)
    prober.start({ target: hanging, timeoutMs: 60_000, fresh: true }, () => {});
  await expect.poll(() => livingWith(`sleep ${mark}`).length).toBe(programsRunningMax);
  const late = targetOf(exec(["/bin/true"]));
  expect(wordsOf(await runProbe(prober, late, 200))).toBe(
    "unknown: too many programs: its turn did not come within 200 ms",
  );
  expect(livingWith(`sleep ${mark}`)).toHaveLength(programsRunningMax);
});

test("check_http of the monitoring plugins judges a real nginx", async () => {
  const nginx = await startNginx();
  scene.after.push(() => nginx.stop());
  const plugin = "/usr/lib/nagios/plugins/check_http";
  expect(existsSync(plugin), "install the Debian package monitoring-plugins-basic").toBe(true);
  const command = [plugin, "-I", "{address}", "-p", "{port}", "-H", "www.example.org", "-u"];
  const prober = scene.prober();
  const find = async (path: string, port: number): Promise<string> =>
    wordsOf(await runProbe(prober, targetOf(exec([...command, path], { port })), 20_000));
  expect(await find("/", nginx.plain)).toMatch(/^up: HTTP OK: HTTP\/1.1 200 OK/);
  expect(await find("/busy", nginx.plain)).toMatch(/^down: HTTP CRITICAL: HTTP\/1.1 503/);
  expect(await find("/", await freePort())).toMatch(/^down: .*[Cc]onnect/);
});
