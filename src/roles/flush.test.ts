import { expect, test } from "vitest";
import { fixtureCheck, fixtureConfig, fixtureMember, fixturePool } from "../core/fixtures.ts";
import type { MemberConfig, PoolConfig, Verdict } from "../core/model.ts";
import { Drive, good, poolOf } from "./drive.ts";

const refused: Verdict = { kind: "down", reason: "connection refused", tookMs: 1 };
const leaving = "192.0.2.2";
const pools = 1000;

/** A pool with checks of its own: another port. */
function poolAt(at: number): PoolConfig {
  const probe = { kind: "tcp", port: 1000 + at, send: null, expect: null, replyBytesMax: 1024 } as const;
  const check = fixtureCheck({ probe, intervalMs: 3_600_000 });
  const name = `p${at}.example.org`;
  const member = (address: string): MemberConfig =>
    fixtureMember(address, { id: `${name}/${address}`, pool: name, check });
  return fixturePool([member("192.0.2.1"), member(leaving)], { name });
}

/** Lets a second pass in which one connection after the other trips; the moments of transactions. */
function endServer(drive: Drive): number[] {
  const trips = [...drive.controller.state.targets.values()].filter(({ target }) => target.address === leaving);
  const moments: number[] = [];
  const startedAt = drive.ms;
  for (; drive.ms < startedAt + pools; drive.ms++) {
    const due = [...drive.step({ kind: "tick" })];
    const targetId = trips.shift()?.target.id;
    if (targetId !== undefined) due.push(...drive.step({ kind: "tripped", targetId, reason: "closed" }));
    for (let effect = due.shift(); effect !== undefined; effect = due.shift()) {
      if (effect.kind === "publish") moments.push(drive.ms - startedAt);
      if (effect.kind !== "probe") continue;
      const verdict = effect.target.address === leaving ? refused : good;
      due.push(...drive.step({ kind: "verdict", targetId: effect.target.id, probe: effect.probe, verdict }));
    }
  }
  return moments;
}

test("M9 a server behind a thousand pools that ends within a second: the first goes at once, the others in few serials", () => {
  const drive = new Drive(fixtureConfig(Array.from({ length: pools }, (_, at) => poolAt(at))));
  drive.run(3100);
  const before = drive.transactions().at(-1)?.serial ?? 0;
  const moments = endServer(drive);
  const transactions = drive.transactions();
  expect(moments[0]).toBe(0);
  expect(moments.length).toBeLessThanOrEqual(pools / 10);
  expect(transactions.reduce((sum, { put }) => sum + put.length, 0)).toBeGreaterThan(pools);
  expect((transactions.at(-1)?.serial ?? 0) - before).toBeLessThanOrEqual(pools / 10 + 5);
});

test("M9 a pool whose thousand members fail and return within a second is decided a hundred times, not a thousand", () => {
  const members = Array.from({ length: 1000 }, (_, i) => `192.0.${2 + (i >> 8)}.${i & 255}`);
  const drive = new Drive(fixtureConfig([poolOf(members)]));
  drive.run(3100);
  drive.transactions();
  for (const verdict of [refused, good]) {
    drive.run(2100, verdict);
    expect(drive.told("health")).toHaveLength(members.length);
    expect(drive.told("answer").length).toBeGreaterThan(10);
    expect(drive.told("answer").length).toBeLessThanOrEqual(210);
    expect(drive.told("answer").join("\n")).not.toMatch(/(\d+\.\d+\.\d+\.\d+, ){9}/);
    expect(drive.answer().split(" ")).toHaveLength(members.length);
    drive.transactions();
  }
});
