import { expect, test } from "vitest";
import { fixtureCheck, fixtureConfig } from "../core/fixtures.ts";
import type { BrakeConfig, Verdict } from "../core/model.ts";
import { makeReference } from "../core/target.ts";
import { Drive, good, poolOf } from "./drive.ts";

const refused: Verdict = { kind: "down", tookMs: 1, reason: "connection refused" };
const reference = makeReference({ address: "198.51.100.1", family: 4, check: fixtureCheck() });
const members = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];

/** Every probe is answered by what `verdicts` says of its address. */
function run(drive: Drive, ms: number, verdictOf: (address: string) => Verdict): void {
  for (const end = drive.ms + ms; drive.ms < end; drive.ms++) {
    for (const effect of drive.step({ kind: "tick" })) {
      if (effect.kind !== "probe") continue;
      const { address, id } = effect.target;
      drive.step({ kind: "verdict", targetId: id, probe: effect.probe, verdict: verdictOf(address) });
    }
  }
}

function started(brake: BrakeConfig | null, references = [reference]): Drive {
  const drive = new Drive(fixtureConfig([poolOf(members)], { brake, references }));
  drive.run(3100);
  expect(drive.answer()).toBe(members.join(" "));
  return drive;
}

test("a member leaves as fast as ever while a reference answers", () => {
  const drive = started(null);
  run(drive, 1500, (address) => (address === "192.0.2.1" ? refused : good));
  expect(drive.answer()).toBe("192.0.2.2 192.0.2.3 192.0.2.4");
});

test("nobody is removed by a checker that is cut off, and it says so, once", () => {
  const drive = started(null);
  run(drive, 20_000, () => refused);
  expect(drive.answer()).toBe(members.join(" "));
  expect(drive.told("trouble")).toEqual([
    "the checker itself is cut off: none of its references (198.51.100.1) answers; judgement is frozen, and nobody is removed",
  ]);
});

test("when the checker is back, those that still fail leave at once, and the others stay", () => {
  const drive = started(null);
  run(drive, 20_000, () => refused);
  run(drive, 1200, (address) => (address === "192.0.2.4" ? refused : good));
  expect(drive.answer()).toBe("192.0.2.1 192.0.2.2 192.0.2.3");
  expect(drive.told("trouble").at(-1)).toMatch(/^the checker is well again after \d+ s: judgement goes on$/);
});

test("a checker whose references leave the configuration judges again", () => {
  const drive = started(null);
  run(drive, 20_000, () => refused);
  drive.step({ kind: "configured", config: fixtureConfig([poolOf(members)]), sentences: [] });
  expect(drive.told("trouble").at(-1)).toMatch(/^the checker is well again after \d+ s: judgement goes on$/);
  expect(drive.controller.state.guard.sickSince).toBeNull();
  run(drive, 1200, (address) => (address === "192.0.2.4" ? refused : good));
  expect(drive.answer()).toBe("192.0.2.1 192.0.2.2 192.0.2.3");
});

test("the brake keeps more than a share from leaving within its window", () => {
  const drive = started({ all: 0.5, pool: 1, withinMs: 60_000 }, []);
  run(drive, 10_000, () => refused);
  expect(drive.controller.state.pools.get("www.example.org")?.decision?.members).toHaveLength(2);
  expect(drive.told("trouble")).toHaveLength(1);
  expect(drive.told("trouble")[0]).toContain("the brake holds: too many members failed within 60 s");
  run(drive, 60_000, () => refused);
  expect(drive.controller.state.pools.get("www.example.org")?.decision?.lastResort).toBe(true);
});

test("an operator releases the brake, and who fails leaves", () => {
  const drive = started({ all: 1, pool: 0.25, withinMs: 600_000 }, []);
  run(drive, 10_000, (address) => (address > "192.0.2.2" ? refused : good));
  expect(drive.controller.state.pools.get("www.example.org")?.decision?.members).toHaveLength(3);
  drive.step({ kind: "brake-released", owner: "operator" });
  run(drive, 1500, (address) => (address > "192.0.2.2" ? refused : good));
  expect(drive.answer()).toBe("192.0.2.1 192.0.2.2");
});

test("who is held back and answers again ends what the brake began", () => {
  const drive = started({ all: 1, pool: 0.25, withinMs: 600_000 }, []);
  run(drive, 10_000, (address) => (address > "192.0.2.2" ? refused : good));
  run(drive, 5000, () => good);
  expect(drive.told("trouble").at(-1)).toMatch(/^the brake holds nobody any more, after \d+ s$/);
});

test("a pool of one may always lose it", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1"])], { brake: { all: 0.1, pool: 0.1, withinMs: 60_000 } }));
  drive.run(3100);
  run(drive, 3000, () => refused);
  expect(drive.controller.state.pools.get("www.example.org")?.decision?.lastResort).toBe(true);
});
