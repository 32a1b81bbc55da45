import fc from "fast-check";
import { expect, test } from "vitest";
import { diagnosisRules, groupRules } from "../core/diagnosis.ts";
import type { FaultCode } from "../core/fault.ts";
import { fixtureCheck, fixtureConfig, fixtureMember, fixturePool } from "../core/fixtures.ts";
import type { Config, PoolConfig, ProbeConfig, Verdict } from "../core/model.ts";
import { makeReference } from "../core/target.ts";
import { createMemoryDisk, readDisk, writeDisk } from "../ports/memory-store.ts";
import type { OwnLinkState } from "../ports/own-links.ts";
import { explainName } from "./controller-explain.ts";
import { viewStatus } from "./controller-view.ts";
import { diagnoseTarget, isFailing } from "./diagnosis-facts.ts";
import type { Effect } from "./effects.ts";
import { Drive, good, poolOf } from "./drive.ts";

const silent: Verdict = { kind: "down", tookMs: 1, reason: "no connection within 600 ms", fault: "timed-out" };
const refused: Verdict = { kind: "down", tookMs: 1, reason: "connection refused", fault: "refused" };
const reference = makeReference({ address: "198.51.100.1", family: 4, check: fixtureCheck() });
const web = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];
const elsewhere = "203.0.113.9";
const ssh: ProbeConfig = { kind: "ssh", port: 22, expect: null };

function shells(): PoolConfig {
  const members = ["192.0.2.1"].map((address) => {
    const changes = { id: `shell/${address}`, pool: "shell.example.org", check: fixtureCheck({ probe: ssh }) };
    return fixtureMember(address, changes);
  });
  return fixturePool(members, { name: "shell.example.org" });
}

/** Null: the probe is still on its way. */
type Answers = (address: string, kind: string) => Verdict | null;

function run(drive: Drive, ms: number, verdictOf: Answers): void {
  let running: Extract<Effect, { kind: "probe" }>[] = [];
  for (const end = drive.ms + ms; drive.ms < end; drive.ms++) {
    running.push(...drive.step({ kind: "tick" }).filter((effect) => effect.kind === "probe"));
    running = running.filter(({ probe, target: { address, check, id } }) => {
      const verdict = verdictOf(address, check.probe.kind);
      if (verdict !== null) drive.step({ kind: "verdict", targetId: id, probe, verdict });
      return verdict === null;
    });
  }
}

function started(changes: Partial<Config> = {}): Drive {
  const pools = [poolOf([...web, elsewhere]), shells()];
  const drive = new Drive(fixtureConfig(pools, { references: [reference], ...changes }));
  run(drive, 3100, () => good);
  return drive;
}

function diagnosisOf(drive: Drive, address: string, kind = "tcp"): string | undefined {
  const { state } = drive.controller;
  const target = state.targetBySlot.find((one) => {
    return one.target.address === address && one.target.check.probe.kind === kind;
  });
  return target === undefined ? undefined : diagnoseTarget(state, target, drive.now.mono)?.sentence;
}

function statusOf(drive: Drive) {
  return viewStatus(drive.controller.state, { version: "1", now: drive.now, outlets: [], nameservers: [] });
}

function failing(addresses: readonly string[], how: Verdict): Answers {
  return (address) => (addresses.includes(address) ? how : good);
}

test("T1 T10 a service that refuses while its machine answers: the line that tells it says so", () => {
  const drive = started();
  run(drive, 2000, (address, kind) => (address === web[0] && kind === "tcp" ? refused : good));
  expect(drive.told("health").at(-1)).toBe(
    "192.0.2.1 is down: service failed: connection refused (3 bad probes in a row)",
  );
  const told = drive.effects.flatMap((effect) => (effect.kind === "tell" ? [effect.event] : []));
  expect(told.filter(({ diagnosis }) => diagnosis !== undefined)).toMatchObject([
    { kind: "health", to: "down", diagnosis: { rule: "diagnosis/service-failed", name: "service failed" } },
  ]);
  const member = statusOf(drive).pools[0]?.members[0];
  const sentence = "service failed: tcp connection refused";
  expect(member?.diagnosis).toEqual({ rule: "diagnosis/service-failed", name: "service failed", sentence });
  expect(statusOf(drive).pools[0]?.members[1]).not.toHaveProperty("diagnosis");
});

test("T1 T11 a machine from which nothing comes back, and the reasoning in explain", () => {
  const drive = started();
  run(drive, 3000, failing(["192.0.2.1"], silent));
  expect(diagnosisOf(drive, "192.0.2.1")).toBe("host down: nothing on 192.0.2.1 answers");
  const around = { now: drive.now, nameservers: [], outlets: [] };
  const explained = explainName(drive.controller.state, "www.example.org", around);
  const [step] = explained?.steps[0]?.because[0]?.because ?? [];
  expect(step).toMatchObject({
    rule: "diagnosis/host-down",
    sentence:
      "host down, because: nothing on 192.0.2.1 answers; tcp no connection within 600 ms; ssh no connection within 600 ms; references answer (198.51.100.1)",
  });
  expect(step?.because.map(({ sentence }) => sentence)).toEqual([
    "not own network lost: references answer (198.51.100.1)",
    "not route, not server: nobody else finds it up",
    "not switch or uplink lost: 3 of 192.0.2.0/24 answer",
  ]);
});

test("T1 T11 what a whole network suffers from is told once, and once when it is over", () => {
  const drive = started();
  run(drive, 4000, failing(web, silent));
  const lost: unknown = expect.stringMatching(
    /^switch or uplink lost: 4 members of 192\.0\.2\.0\/24; nothing comes back from (192\.0\.2\.[1-4](, |; )){4}references/,
  );
  expect(drive.told("diagnosis")).toEqual([lost]);
  expect(statusOf(drive).diagnoses).toMatchObject([
    { name: "switch or uplink lost", subject: "192.0.2.0/24", members: 5 },
  ]);
  for (const address of web)
    expect(diagnosisOf(drive, address)).toBe("switch or uplink lost: 4 members of 192.0.2.0/24");
  run(drive, 5000, failing([web[3] ?? ""], silent));
  expect(drive.told("diagnosis")).toEqual([
    lost,
    expect.stringMatching(/^no longer switch or uplink lost \(192\.0\.2\.0\/24\), after \d+ s$/),
    "192.0.2.4 is still down, and now it looks like host down: nothing on 192.0.2.4 answers",
  ]);
  expect(diagnosisOf(drive, "192.0.2.4")).toBe("host down: nothing on 192.0.2.4 answers");
});

test("T1 the web cluster: told once, under its name", () => {
  const webCluster = "www.example.org";
  const drive = started({ diagnosis: { networks: [], prefix4: 24, prefix6: 64, webCluster } });
  run(drive, 4000, failing([...web, elsewhere], refused));
  expect(drive.told("diagnosis")).toEqual([
    "web cluster unreachable: none of the 5 members of www.example.org answers",
  ]);
});

const eth0: OwnLinkState = { name: "eth0", up: true, networks: ["192.0.2.0/24"], leads4: true, leads6: false };

test("T1 the checker's own network: no carrier, and references that do not answer", () => {
  const drive = started({ references: [] });
  drive.step({ kind: "links-changed", links: [eth0] });
  run(drive, 4000, failing(web, silent));
  drive.step({ kind: "links-changed", links: [{ ...eth0, up: false }] });
  expect(diagnosisOf(drive, "192.0.2.1")).toBe("own network lost: eth0 of this machine has no carrier");
  const other = started();
  run(other, 6000, () => silent);
  expect(other.told("health").filter((sentence) => sentence.includes(" is down"))).toEqual([
    "198.51.100.1 is down: own network lost: no connection within 600 ms (3 bad probes in a row)",
  ]);
  expect(diagnosisOf(other, "192.0.2.1")).toBe("own network lost: none of the references (198.51.100.1) answers");
  expect(other.told("diagnosis")).toEqual(["own network lost: none of the references (198.51.100.1) answers"]);
  run(other, 5000, () => good);
  expect(other.told("diagnosis").at(-1)).toMatch(/^no longer own network lost, after \d+ s$/);
  expect(diagnosisOf(other, "192.0.2.1")).toBeUndefined();
});

/** The reference is late while the last members fall: they are held back for the checker's sake, and then they are not. */
test("T1 what comes and goes while a switch dies is told once, and so is what comes and goes while it is mended", () => {
  const drive = started();
  const { targetBySlot } = drive.controller.state;
  const failingNow = (): number => targetBySlot.filter(isFailing).length;
  const late: Answers = (address) => {
    if (address !== "198.51.100.1") return failing(web, silent)(address, "tcp");
    return failingNow() === 4 ? null : good;
  };
  run(drive, 6000, late);
  const told = drive.told("diagnosis");
  expect(told).toEqual([expect.stringMatching(/^switch or uplink lost: 4 members of 192\.0\.2\.0\/24; /)]);
  run(drive, 6000, failing(web, silent));
  for (const way of [false, true, false, true]) {
    drive.step({ kind: "links-changed", links: [{ ...eth0, up: way }] });
    run(drive, 400, failing(web, silent));
  }
  expect(drive.told("diagnosis")).toEqual(told);
  expect(statusOf(drive).diagnoses).toMatchObject([{ name: "switch or uplink lost", members: 5 }]);
  run(drive, 6000, () => good);
  expect(drive.told("diagnosis")).toEqual([...told, expect.stringMatching(/^no longer switch or uplink lost/)]);
  expect(statusOf(drive)).not.toHaveProperty("diagnoses");
});

test("T1 while the checker is cut off nobody who was down has another diagnosis, but for the loss of its own network", () => {
  const drive = started();
  const [first = "", second = ""] = web;
  const before: Answers = (address) => (address === first ? refused : address === second ? silent : good);
  run(drive, 4000, before);
  const slow: Verdict = { kind: "down", tookMs: 1, reason: "no answer", fault: "no-reply" };
  run(drive, 12_000, (address) => (address === first ? slow : silent));
  expect(statusOf(drive).guard.sickSince).not.toBeNull();
  expect(diagnosisOf(drive, first)).toBe("service failed: tcp connection refused");
  expect(diagnosisOf(drive, second)).toBe("own network lost: none of the references (198.51.100.1) answers");
  run(drive, 8000, before);
  expect(diagnosisOf(drive, first)).toBe("service failed: tcp connection refused");
  expect(drive.told("diagnosis")).toEqual([
    "own network lost: none of the references (198.51.100.1) answers",
    expect.stringMatching(/^no longer own network lost/),
    `${second} is still down, and now it looks like host down: nothing on ${second} answers`,
  ]);
});

test("T1 a switch that was lost while the own network was is told when that is back", () => {
  const drive = started();
  run(drive, 6000, () => silent);
  run(drive, 6000, failing(web, silent));
  expect(drive.told("diagnosis")).toEqual([
    expect.stringMatching(/^own network lost/),
    expect.stringMatching(/^no longer own network lost/),
    expect.stringMatching(/^switch or uplink lost: 4 members/),
  ]);
});

test("T1 M7 what several have in common is told once, also when muster is restarted meanwhile", () => {
  const before = started();
  const disk = createMemoryDisk();
  run(before, 6000, failing(web, silent));
  expect(before.told("diagnosis")).toHaveLength(1);
  for (const effect of before.effects) if (effect.kind === "save") writeDisk(disk, effect.batch);
  const { config } = before.controller.state;
  const after = new Drive(config, readDisk(disk));
  run(after, 6000, failing(web, silent));
  expect(after.told("diagnosis")).toEqual([]);
  expect(statusOf(after).diagnoses).toMatchObject([{ subject: "192.0.2.0/24", members: 5 }]);
  run(after, 6000, () => good);
  const over: unknown = expect.stringMatching(/^no longer switch or uplink lost/);
  expect(after.told("diagnosis")).toEqual([over]);
  const late = new Drive(config, readDisk(disk));
  run(late, 9000, () => good);
  expect(late.told("diagnosis")).toEqual([over]);
});

test("T11 another diagnosis of a member that is down already is a line of the story", () => {
  const drive = started();
  run(drive, 3000, failing(["192.0.2.1"], silent));
  run(drive, 6000, failing(["192.0.2.1"], refused));
  expect(drive.told("diagnosis").toSorted()).toEqual([
    "192.0.2.1 is still down, and now it looks like service failed: ssh connection refused",
    "192.0.2.1 is still down, and now it looks like service failed: tcp connection refused",
  ]);
});

test("T1 M7 a restart keeps what failed, and so the diagnosis", () => {
  const drive = started();
  run(drive, 3000, failing(["192.0.2.1"], refused));
  const saved = drive.effects.flatMap((effect) => (effect.kind === "save" ? effect.batch.targets : []));
  const [last] = saved.filter(({ health }) => health === "down").slice(-1);
  expect(last).toMatchObject({ health: "down", fault: "refused" });
});

const faults = fc.constantFrom<FaultCode | "good">("good", "good", "refused", "timed-out", "no-reply", "reset");
const life = fc.array(
  fc.tuple(fc.constantFrom(...web, elsewhere, "198.51.100.1"), faults, fc.integer({ min: 5, max: 900 })),
  {
    maxLength: 25,
  },
);

test("T1 in any life each member that is down has exactly one diagnosis, which is as calm as health is", () => {
  const ids = new Set(diagnosisRules.map(({ id }) => id as string));
  fc.assert(
    fc.property(life, (steps) => {
      const drive = started();
      const state: Record<string, FaultCode | "good"> = {};
      const { targetBySlot } = drive.controller.state;
      const seen = new Map(targetBySlot.map((target) => [target, ""]));
      let changes = 0;
      let moves = 0;
      let before = calmFacts(drive);
      for (const [address, fault, ms] of steps) {
        state[address] = fault;
        for (let each = 0; each < ms; each += 5) {
          run(drive, 5, (at) => {
            const found = state[at] ?? "good";
            return found === "good" ? good : { kind: "down", tookMs: 1, reason: found, fault: found };
          });
          const now = calmFacts(drive);
          if (now !== before) moves += 1;
          for (const target of targetBySlot) {
            const rule = diagnoseTarget(drive.controller.state, target, drive.now.mono)?.rule ?? "";
            if (isFailing(target)) expect(ids).toContain(rule);
            if (rule !== seen.get(target)) expect(now).not.toBe(before);
            if (rule !== seen.get(target)) changes += 1;
            seen.set(target, rule);
          }
          before = now;
        }
      }
      expect(changes).toBeLessThanOrEqual(moves * targetBySlot.length);
      const told = drive.effects.flatMap((effect) => (effect.kind === "tell" ? [effect.event] : []));
      for (const { kind, rule, from, to } of told)
        if (kind === "diagnosis" && (from ?? to) !== null) expect(groupRules.has(rule)).toBe(true);
    }),
    { numRuns: 25 },
  );
});

/** Health and what failed, smoothed, of everybody: a diagnosis may change when this has changed, and else never. */
function calmFacts({ controller: { state } }: Drive): string {
  return state.targetBySlot
    .map((target) => {
      const { heldBack, judgement, suspectedAt } = target;
      const { falls, fault, health } = judgement;
      const shown = state.targetBySlot.map(({ goodAt }) => (goodAt >= suspectedAt ? "+" : "-")).join("");
      return `${health} ${fault} ${heldBack} ${falls > 0} ${health === "up" ? "" : shown}`;
    })
    .join("; ");
}
