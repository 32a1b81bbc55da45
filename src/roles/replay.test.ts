import { describe, expect, test } from "vitest";
import { listed } from "../base/listed.ts";
import { createPrng, type Prng } from "../base/prng.ts";
import { type Wall, wall } from "../base/time.ts";
import { fixtureCheck, fixtureConfig, fixtureMember, fixturePool } from "../core/fixtures.ts";
import type { CheckConfig, Config, HistoryEvent, ProbeConfig } from "../core/model.ts";
import type { Recorded, RecordedRun } from "../core/recording.ts";
import { makeTarget } from "../core/target.ts";
import { type ReplayRequest, replayRecord } from "./replay.ts";

const hourMs = 3_600_000;
const from = wall(1_900_000_000_000);
const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];

/** As `sealConfig` leaves it: what is asked is a key. */
const probe: ProbeConfig = { kind: "exec", command: ["a page"], port: null, warning: "up", environment: [] };

function configOf(check: Partial<CheckConfig> = {}, more: Partial<Config> = {}): Config {
  const members = addresses.map((address) =>
    fixtureMember(address, { check: fixtureCheck({ probe, timeout: { kind: "fixed", ms: 500 }, ...check }) }),
  );
  return fixtureConfig([fixturePool(members)], more);
}

const at = (ms: number): Wall => wall(from + ms);

function run(address: string, fromMs: number, toMs: number, changes: Partial<RecordedRun> = {}): RecordedRun {
  return {
    target: address,
    kind: "down",
    from: at(fromMs),
    to: at(toMs),
    count: Math.ceil((toMs - fromMs) / 1000) + 1,
    tookMsMax: 1,
    late: false,
    trippedAt: null,
    goodBefore: at(fromMs - 900),
    goodAt: at(toMs + 50),
    reason: "connection refused",
    ...changes,
  };
}

function recordedOf(runs: readonly RecordedRun[], changes: Partial<Recorded> = {}): Recorded {
  return {
    streams: addresses.map((address) => ({ target: address, key: "a page", address, intervalMs: 1000 })),
    runs: runs.toSorted((a, b) => a.from - b.from),
    paces: [],
    ages: [],
    words: [],
    vantages: [],
    lives: [{ from, to: at(24 * hourMs) }],
    configs: [],
    ...changes,
  };
}

function replay(
  recorded: Recorded,
  others: Readonly<Record<string, Config>> = {},
  changes: Partial<ReplayRequest> = {},
) {
  return replayRecord({
    from,
    to: at(24 * hourMs),
    outageMs: 2000,
    recorded,
    running: configOf(),
    ran: [],
    others: Object.entries(others).map(([name, config]) => ({ name, config, notes: [] })),
    events: [],
    answersAfter: { "www.example.org": addresses },
    notes: [],
    stepsMax: 2_000_000,
    ...changes,
  });
}

test("an outage of a minute is a failover, and is detected as fast as the thresholds say", () => {
  const report = replay(recordedOf([run("192.0.2.1", 5 * hourMs, 5 * hourMs + 60_000)]), {
    slow: configOf({ intervalMs: 1000, fall: 10, confirmMs: 1000 }),
  });
  expect(report.outages).toBe(1);
  const [happened, ran, slow] = report.columns;
  expect(happened).toMatchObject({ failovers: 0, missed: 1 });
  expect(ran).toMatchObject({ failovers: 1, removals: 1, falseAlarms: 0, missed: 0, answerChanges: 2 });
  expect(slow).toMatchObject({ failovers: 1, removals: 1, falseAlarms: 0, missed: 0 });
  expect(ran?.detection?.maxMs).toBeLessThan(1200);
  expect(slow?.detection?.maxMs).toBeGreaterThan(4000);
  const [first, second] = report.members;
  expect(first?.good).toBeCloseTo(1 - 60_050 / (24 * hourMs), 6);
  expect(first?.answering[1]).toBeLessThan(first?.answering[0] ?? 0);
  expect(second?.answering).toEqual([1, 1, 1]);
});

test("a blip is a false alarm under a fall of one, and nothing under the one that ran", () => {
  const blips = [2, 7, 11].map((hour) => run("192.0.2.2", hour * hourMs, hour * hourMs + 5));
  const report = replay(recordedOf(blips), { hasty: configOf({ fall: 1 }) });
  expect(report).toMatchObject({ outages: 0, blips: 3 });
  const [, ran, hasty] = report.columns;
  expect(ran).toMatchObject({ removals: 0, falseAlarms: 0 });
  expect(hasty).toMatchObject({ removals: 3, falseAlarms: 3, failovers: 3 });
});

test("a brake that holds is told, since who leaves hangs on who fails first", () => {
  const together = addresses.map((address) => run(address, hourMs, hourMs + 30_000));
  const braked = { ...configOf(), brake: { all: 0.5, pool: 0.5, withinMs: 60_000 } };
  const [, ran, held] = replay(recordedOf(together), { braked }).columns;
  expect([ran?.removals, held?.removals]).toEqual([addresses.length, 1]);
  expect(ran?.notes.join()).not.toContain("brake");
  expect(held?.notes.join()).toContain("the brake held 1 time: who still leaves hangs on who fails first");
});

test("an outage that is too short for the thresholds is missed", () => {
  const report = replay(recordedOf([run("192.0.2.1", hourMs, hourMs + 4000)]), {
    sluggish: configOf({ fall: 10, confirmMs: 5000, intervalMs: 5000 }),
  });
  const [, ran, sluggish] = report.columns;
  expect(ran).toMatchObject({ missed: 0, removals: 1 });
  expect(sluggish).toMatchObject({ missed: 1, removals: 0 });
});

test("an outage is one removal, in however many ways it fails and wherever probes fall between them", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const prng = createPrng(seed);
    const outages = [1, 2, 3].map((hour) => outageOf(prng, hour * hourMs + prng.int(1000)));
    const terms = { to: at(4 * hourMs) };
    const report = replay(recordedOf(outages.flat()), { quick: configOf({ rise: 1 }) }, terms);
    expect(report.outages).toBe(3);
    for (const column of report.columns.slice(1))
      expect(column, `seed ${seed}`).toMatchObject({ removals: 3, falseAlarms: 0, missed: 0, guessed: 0 });
  }
});

/** Runs that follow each other without a good probe, as the recorder writes them: refused, reset or given up. */
function outageOf(prng: Prng, fromMs: number): readonly RecordedRun[] {
  const count = 1 + prng.int(4);
  let start = fromMs;
  return Array.from({ length: count }, (_, i) => {
    const end = start + 5000 + prng.int(20_000);
    const isLate = prng.int(3) === 0;
    const way = isLate ? { late: true, tookMsMax: 500, reason: "no answer within 500 ms" } : { reason: `fault ${i}` };
    const ends = { goodBefore: at(fromMs - 900), goodAt: i === count - 1 ? at(end + prng.int(900)) : null };
    const one = run("192.0.2.1", start, end, { ...way, ...ends });
    start = end + prng.int(2000);
    return one;
  });
}

test("a slower timeout than the record's is not known, and said to be", () => {
  const late = run("192.0.2.1", hourMs, hourMs + 10_000, {
    late: true,
    tookMsMax: 500,
    reason: "no answer within 500 ms",
  });
  const report = replay(recordedOf([late]), { patient: configOf({ timeout: { kind: "fixed", ms: 3000 } }) });
  expect(report.columns[2]?.notes.join()).toContain("would have waited longer");
});

test("a timeout shorter than the slowest answer finds it too slow", () => {
  const paces = [{ target: "192.0.2.1", at: at(hourMs), count: 60, meanMs: 3, maxMs: 400, maxAt: at(hourMs + 30_500) }];
  const report = replay(recordedOf([], { paces }), {
    hasty: configOf({ fall: 1, suspectMs: 1000, timeout: { kind: "fixed", ms: 300 } }),
  });
  const [, ran, hasty] = report.columns;
  expect(ran?.removals).toBe(0);
  expect(hasty).toMatchObject({ removals: 1, falseAlarms: 1 });
});

test("time in which muster did not run is not known, and nobody's fault", () => {
  const lives = [
    { from, to: at(hourMs) },
    { from: at(20 * hourMs), to: at(24 * hourMs) },
  ];
  const report = replay(recordedOf([run("192.0.2.1", 21 * hourMs, 21 * hourMs + 60_000)], { lives }));
  expect(report.knownMs).toBe(5 * hourMs);
  expect(report.columns[1]).toMatchObject({ removals: 1, missed: 0, falseAlarms: 0 });
  expect(report.notes.join()).toContain("did not run");
});

test("what was never asked is not known", () => {
  const other: ProbeConfig = { ...probe, command: ["another page"] };
  const report = replay(recordedOf([run("192.0.2.1", hourMs, hourMs + 60_000)]), { other: configOf({ probe: other }) });
  expect(report.columns[2]).toMatchObject({ removals: 0, missed: 0 });
  expect(report.columns[2]?.notes.join()).toContain("never asked");
  expect(report.members[0]?.answering[2]).toBeNull();
});

test("an outage in which no reference answered is the checker's, and nobody is removed", () => {
  const references = [makeTarget(fixtureMember("203.0.113.1", { check: fixtureCheck({ probe }) }))];
  const stream = { target: "gateway", key: "a page", address: "203.0.113.1", intervalMs: 1000 };
  const recorded = recordedOf([...addresses, "gateway"].map((one) => run(one, hourMs, hourMs + 60_000)));
  const report = replay(
    { ...recorded, streams: [...recorded.streams, stream] },
    { blind: configOf() },
    { running: configOf({}, { references }) },
  );
  expect(report.outages).toBe(0);
  const [, ran, blind] = report.columns;
  expect(ran).toMatchObject({ removals: 0, failovers: 0 });
  expect(blind).toMatchObject({ removals: 3, falseAlarms: 3 });
  expect(report.notes.join()).toContain("cut off");
});

test("a configuration that was reloaded in the time is played as it was then", () => {
  const runs = [2, 20].map((hour) => run("192.0.2.2", hour * hourMs, hour * hourMs + 5));
  const ran = [
    { at: at(-hourMs), config: configOf({ fall: 1 }) },
    { at: at(10 * hourMs), config: configOf() },
  ];
  const [, column] = replay(recordedOf(runs), {}, { ran }).columns;
  expect(column).toMatchObject({ removals: 1, falseAlarms: 1 });
});

test("skipping calm time changes nothing: an hour of faults comes out as without", () => {
  const prng = createPrng(7);
  const to = at(hourMs);
  const runs = Array.from({ length: 20 }, (_, i) => {
    const start = Math.floor((i + 0.3) * 180_000 + prng.next() * 60_000);
    return run(addresses[i % 3] ?? "", start, start + prng.int(i % 2 === 0 ? 400 : 40_000));
  });
  const recorded = recordedOf(runs, { lives: [{ from, to }] });
  const others = { hasty: configOf({ fall: 1 }), slow: configOf({ intervalMs: 7000, fall: 2 }) };
  expect(replay(recorded, others, { to })).toEqual(replay(recorded, others, { to, skips: false }));
});

test("M5 the least stale answers in a replay, by how old data was then", () => {
  const ages = [
    { target: "192.0.2.1", at: at(hourMs), dataAt: at(0), staleMs: hourMs },
    { target: "192.0.2.2", at: at(hourMs), dataAt: at(60_000), staleMs: hourMs - 60_000 },
    { target: "192.0.2.3", at: at(hourMs), dataAt: at(0), staleMs: hourMs },
  ];
  const runs = addresses.map((address) => run(address, hourMs, 5 * hourMs, { reason: "behind the origin" }));
  const base = configOf();
  const pools = base.pools.map((pool) => ({ ...pool, lastResort: { kind: "least-stale" } as const }));
  const report = replay(recordedOf(runs, { ages }), {}, { running: { ...base, pools } });
  const shares = report.members.map(({ answering }) => Math.round((answering[1] ?? 0) * 24));
  expect(shares).toEqual([20, 24, 20]);
  expect(report.columns[1]?.notes.join()).not.toContain("how old");
});

/** As the history told of it: who answered before and after. */
function answered(ms: number, before: readonly string[], now: readonly string[]): HistoryEvent {
  const texts = { from: listed(before, 64), to: listed(now, 64), sentence: "www.example.org answers others" };
  return { id: ms, at: at(ms), kind: "answer", subject: "www.example.org", rule: "pool/round-robin", ...texts };
}

function fellAfterAnHour(subject: string): HistoryEvent {
  const said = { rule: "health/fall", sentence: "down", from: "up", to: "down" };
  return { id: 1, at: at(hourMs), kind: "health", subject, ...said };
}

test.each([12, 80])("of %i members each is counted, also the last", (count) => {
  const many = Array.from({ length: count }, (_, i) => `198.51.100.${i + 1}`);
  const last = many.at(-1) ?? "";
  const check = fixtureCheck({ probe, timeout: { kind: "fixed", ms: 500 } });
  const running = fixtureConfig([fixturePool(many.map((address) => fixtureMember(address, { check })))]);
  const streams = many.map((address) => ({ target: address, key: "a page", address, intervalMs: 1000 }));
  const recorded = { ...recordedOf([run(last, hourMs, 2 * hourMs)]), streams };
  const target = makeTarget(fixtureMember(last, { check })).id;
  const others = many.slice(0, -1);
  const events = [fellAfterAnHour(target), answered(hourMs + 1, many, others)];
  const terms = { running, events, to: at(3 * hourMs), answersAfter: {} };
  const report = replay({ ...recorded, lives: [{ from, to: at(3 * hourMs) }] }, {}, terms);
  const [happened, ran] = report.columns;
  const isWhole = count <= 64;
  expect(happened?.failovers).toBe(isWhole ? 1 : 0);
  expect(happened?.notes.join().includes("not known")).toBe(!isWhole);
  expect(ran).toMatchObject({ failovers: 1, removals: 1 });
  const shares = report.members.at(-1)?.answering.map((share) => share && Math.round(share * 3));
  expect(shares).toEqual([isWhole ? 1 : null, 2]);
});

test("an outage that a reset ended is over for what happened then", () => {
  const target = makeTarget(configOf().pools[0]?.members[0] ?? fixtureMember("192.0.2.1")).id;
  const reset = { id: 2, at: at(2 * hourMs), kind: "override", subject: "muster", rule: "operator/reset" } as const;
  const events = [
    fellAfterAnHour(target),
    { ...reset, sentence: "reset", from: null, to: null },
    answered(3 * hourMs, addresses, addresses.slice(1)),
  ];
  const recorded = recordedOf([run("192.0.2.1", hourMs, hourMs + 60_000), run("192.0.2.1", 5 * hourMs, 6 * hourMs)]);
  expect(replay(recorded, {}, { events }).columns[0]).toMatchObject({ failovers: 0, missed: 1 });
});

describe("what watchers said", () => {
  /** As `sealConfig` leaves what watchers may look at. */
  const shared: ProbeConfig = { kind: "tcp", port: 0, send: "a page", expect: null, replyBytesMax: 1 };
  const watchers = ["fra", "nyc"].map((name) => ({ name, votes: true, references: [] }));
  const watch = { listen: null, selfVotes: true, watchers };
  const vantages = watchers.map(({ name: watcher }) => ({ watcher, from, to: at(24 * hourMs), sick: null }));
  const word = { target: "192.0.2.2", suspected: false, able: true, reason: "said so" };
  const say = (watcher: string, ms: number, health: "up" | "down") => ({ ...word, watcher, at: at(ms), health });
  const up = addresses.flatMap((target) => watchers.map(({ name }) => ({ ...say(name, 0, "up"), target })));
  const outage = [run("192.0.2.2", hourMs, hourMs + 60_000)];
  const removals = (words: Recorded["words"], more: Partial<Recorded> = {}): readonly (number | undefined)[] => {
    const recorded = recordedOf(outage, { vantages, words: [...up, ...words], ...more });
    const running = configOf({ probe: shared }, { watch });
    const alone = configOf({ probe: shared, quorum: "any" }, { watch });
    return replay(recorded, { alone }, { running })
      .columns.slice(1)
      .map((column) => column.removals);
  };

  test("D6 one that saw it alone removes nobody where a majority decides, and does where any voice is enough", () => {
    expect(removals([])).toEqual([0, 1]);
  });

  test("D6 those that agreed then agree again", () => {
    const fra = [say("fra", hourMs + 500, "down"), say("fra", hourMs + 60_000, "up")];
    expect(removals(fra)).toEqual([1, 1]);
  });

  test("D6 a watcher that is not heard any more, or is sick, has no vote", () => {
    const fra = [say("fra", hourMs / 2, "down")];
    const nyc = vantages.filter(({ watcher }) => watcher === "nyc");
    const heard = (span: Partial<Recorded["vantages"][number]>): readonly (number | undefined)[] =>
      removals(fra, { vantages: [...nyc, { watcher: "fra", from, to: at(24 * hourMs), sick: null, ...span }] });
    expect(heard({})[0]).toBe(1);
    expect(heard({ to: at(hourMs / 2 + 60_000) })[0]).toBe(0);
    expect(heard({ sick: "its own network" })[0]).toBe(0);
  });

  test("skipping calm time changes nothing for them either", () => {
    const recorded = recordedOf(outage, {
      lives: [{ from, to: at(2 * hourMs) }],
      vantages,
      words: [...up, say("fra", hourMs + 500, "down"), say("fra", hourMs + 60_000, "up")],
    });
    const terms = { running: configOf({ probe: shared }, { watch }), to: at(2 * hourMs) };
    expect(replay(recorded, {}, terms)).toEqual(replay(recorded, {}, { ...terms, skips: false }));
  });
});
