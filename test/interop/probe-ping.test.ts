import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import type { Target } from "../../src/core/model.ts";
import { judgePing, pingPlan } from "../../src/io/probe/ping.ts";
import { makeScene, runProbe, targetOf, wordsOf } from "./probe-scene.ts";

const scene = makeScene();
const probe = { kind: "ping", dataBytes: 56 } as const;

test("an echo of both families is answered", async () => {
  const prober = scene.prober();
  for (const address of ["127.0.0.1", "::1"]) {
    expect(wordsOf(await runProbe(prober, targetOf(probe, address), 10_000))).toMatch(/^up: answered in [\d.]+ ms$/);
  }
});

/** Runs the same program in a network of its own: the loopback with a firewall, and nothing else. */
function pingWithin(address: string, verdict: string): string {
  const table = `add table ip t; add chain ip t in { type filter hook input priority 0; }`;
  const setup = `ip link set lo up && nft "${table}; add rule ip t in icmp type echo-request ${verdict}" && exec "$@"`;
  const { command } = pingPlan({ address, family: 4 } satisfies Partial<Target>, { dataBytes: 56, waitMs: 100 });
  const run = spawnSync("unshare", ["-n", "sh", "-c", setup, "sh", ...command], { encoding: "utf8" });
  const outcome = judgePing({ kind: "exit", code: run.status ?? -1, output: run.stdout, errors: run.stderr });
  return `${outcome.kind}: ${outcome.kind === "up" ? outcome.detail : outcome.reason}`;
}

test("nobody answers, nobody is at home, and no route: whose fault each is", () => {
  expect(pingWithin("127.0.0.1", "accept")).toMatch(/^up: answered in [\d.]+ ms$/);
  expect(pingWithin("127.0.0.1", "drop")).toBe("down: no answer");
  const unreachable = "down: Destination Host Unreachable, says 127.0.0.1";
  expect(pingWithin("127.0.0.1", "reject with icmp type host-unreachable")).toBe(unreachable);
  expect(pingWithin("198.51.100.1", "accept")).toBe("unknown: ping: connect: Network is unreachable");
});

test.each([
  [{ kind: "failed", reason: "/usr/bin/ping does not exist" }, "install ping (Debian package iputils-ping)"],
  [{ kind: "failed", reason: "/usr/bin/ping may not be run by muster" }, "may not be run by muster"],
  [
    { kind: "exit", code: 2, output: "", errors: "ping: socktype: SOCK_RAW\nping: socket: Operation not permitted\n" },
    "SOCK_RAW",
  ],
  [{ kind: "exit", code: 1, output: "", errors: "ping: sendmsg: Operation not permitted\n" }, "not permitted"],
] as const)("%j is a fault of this machine", (end, words) => {
  expect(judgePing(end)).toMatchObject({ kind: "unknown", reason: expect.stringContaining(words) });
});
