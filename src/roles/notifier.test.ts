/** Who is told of what and when; with channels that fail, crashes, and lives made by chance. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Delivered, NotifyLife, lifeStart, notifyConfig } from "../../test/fakes/notify-life.ts";
import { createPrng } from "../base/prng.ts";
import { mono, wall } from "../base/time.ts";
import { fixtureCheck, fixtureConfig } from "../core/fixtures.ts";
import { nameSubjects } from "../core/notify-names.ts";
import { makeReference } from "../core/target.ts";
import { MessageDesk } from "./notifier.ts";
import { isQuiet } from "../core/quiet-hours.ts";
import { lineCharsMax, messageLine } from "../core/notify-text.ts";
import type { NotifyConfig } from "../core/notify.ts";
import { matchesPattern } from "../core/name-pattern.ts";

const minute = 60_000;
const hour = 3_600_000;
const fits = { kinds: [], rules: [], subjects: [], digestMs: null } as const;

function lines({ delivered }: NotifyLife, channel = "ops"): readonly (readonly string[])[] {
  return delivered
    .filter(({ message }) => message.channel === channel)
    .map(({ message }) => message.lines.map(({ text }) => text));
}

test("T10 what happens together is one message of one line, the worst first", () => {
  const life = new NotifyLife(notifyConfig());
  life.down("web1");
  life.pass(5000);
  life.down("web2");
  life.nobody("www.example.org");
  expect(lines(life)).toEqual([]);
  life.pass(6000);
  expect(lines(life)).toEqual([
    ["DOWN web1: refused", "DOWN web2: refused", "CRITICAL: www.example.org answers all: no member is fit"],
  ]);
  const [first] = life.delivered;
  expect(first && messageLine(first.message)).toBe("CRITICAL: www.example.org answers all: no member is fit (+2 more)");
});

test("an end is told to who heard of the beginning, and refers to it; what was not told ends in silence", () => {
  const life = new NotifyLife(notifyConfig());
  life.down("web1");
  life.pass(minute);
  life.up("web1");
  life.up("web2");
  life.happen({ kind: "reload", rule: "controller/reload" });
  life.pass(minute);
  expect(lines(life)).toEqual([["DOWN web1: refused"], ["UP web1 after 1m: 200"]]);
  const [began, ended] = life.delivered.map(({ message }) => message);
  expect(ended?.references).toEqual([began?.id]);
});

test("one thing is told four times an hour, then its last state when the hour is over", () => {
  const life = new NotifyLife(notifyConfig());
  for (let round = 0; round < 10; round++) {
    life.down("web1");
    life.pass(minute);
    life.up("web1");
    life.pass(minute);
  }
  expect(lines(life)).toHaveLength(4);
  life.pass(hour);
  expect(lines(life)).toHaveLength(5);
  expect(lines(life).at(-1)?.[0]).toMatch(/^UP web1 after .* \(and 15 changes before that were not told\)$/);
});

test("quiet hours hold back all but what is critical, and its end", () => {
  const life = new NotifyLife(notifyConfig({ quietHours: [{ fromMinute: 12 * 60, toMinute: 13 * 60, days: [] }] }));
  life.down("web1");
  life.nobody("www.example.org");
  life.pass(10 * minute);
  life.somebody("www.example.org");
  life.pass(10 * minute);
  expect(lines(life)).toEqual([
    ["CRITICAL: www.example.org answers all: no member is fit"],
    ["RESOLVED after 10m: www.example.org answers 192.0.2.1"],
  ]);
  life.pass(hour);
  expect(lines(life).slice(2)).toEqual([["DOWN web1: refused"]]);
});

test("what lasts is told to further channels, unless somebody takes care", () => {
  const escalate = [{ afterMs: 15 * minute, severity: "warning", to: ["phone"] }] as const;
  const life = new NotifyLife(notifyConfig({ escalate }));
  life.down("web1");
  life.down("web2");
  life.pass(minute);
  life.step({ kind: "acknowledged", pattern: "WEB2", owner: "alice" });
  expect(life.told).toEqual(["alice takes care of: DOWN web2: refused"]);
  life.pass(20 * minute);
  life.up("web1");
  life.up("web2");
  life.pass(minute);
  expect(lines(life, "phone")).toEqual([["STILL after 15m: DOWN web1: refused"], ["UP web1 after 21m: 200"]]);
});

test("T1 a line says what is broken, and who is told later hears what it is by then", () => {
  const escalate = [{ afterMs: 20 * minute, severity: "warning", to: ["phone"] }] as const;
  const life = new NotifyLife(notifyConfig({ escalate }));
  const failed = { rule: "diagnosis/service-failed", name: "service failed", sentence: "service failed: refused" };
  const down = { rule: "diagnosis/host-down", name: "host down", sentence: "host down: nothing answers" };
  const fell = { kind: "health", subject: "web1", from: "up", to: "down", rule: "health/fall" } as const;
  life.happen({ ...fell, sentence: "web1 is down", diagnosis: failed });
  life.pass(minute);
  const { rule, sentence } = down;
  life.happen({ kind: "diagnosis", subject: "web1", rule, sentence, diagnosis: down });
  life.pass(20 * minute);
  life.up("web1");
  life.pass(minute);
  const seen = life.delivered.flatMap(({ message: { channel, lines: told } }) =>
    told.map((line) => [channel, line.state, line.diagnosis]),
  );
  expect(seen).toEqual([
    ["ops", "problem", failed],
    ["phone", "still", down],
    ["ops", "resolved", undefined],
    ["phone", "resolved", undefined],
  ]);
});

test("routes choose by kind, rule, subject and severity; a digest waits, and nothing critical in it", () => {
  const routes = [
    { ...fits, to: ["ops"], severity: "info", kinds: ["override"] },
    { ...fits, to: ["phone"], severity: "warning", subjects: ["db*"], rules: ["health/*"], digestMs: hour },
    { ...fits, to: ["phone"], severity: "critical", digestMs: hour },
  ] as const;
  const life = new NotifyLife(notifyConfig({ routes }));
  life.happen({ kind: "override", rule: "operator/drain", sentence: "alice drains web1" });
  life.down("db1");
  life.down("web1");
  life.nobody("www.example.org");
  life.pass(minute);
  expect(lines(life)).toEqual([["alice drains web1"]]);
  expect(lines(life, "phone")).toEqual([["CRITICAL: www.example.org answers all: no member is fit"]]);
  life.pass(hour);
  expect(lines(life, "phone").slice(1)).toEqual([["DOWN db1: refused"]]);
});

test("a channel that fails rests ever longer and loses nothing; it is told of once, and again when it works", () => {
  const life = new NotifyLife(notifyConfig());
  let attempts = 0;
  life.judge = (_message, at) => {
    attempts += 1;
    return at < lifeStart + 24 * hour ? "failed" : "delivered";
  };
  life.down("web1");
  life.pass(minute);
  life.nobody("www.example.org");
  life.pass(24 * hour);
  expect(attempts).toBeLessThan(700);
  expect(life.told).toEqual(["messages do not reach ops: as told; they wait, and are tried again"]);
  life.pass(10 * minute);
  expect(lines(life)).toEqual([["CRITICAL: www.example.org answers all: no member is fit"], ["DOWN web1: refused"]]);
  expect(life.told.slice(1)).toEqual(["messages reach ops again"]);
  expect([...life.disk.keys()].filter((id) => id.startsWith("message"))).toEqual([]);
});

test("a message that is refused does not hold up others", () => {
  const life = new NotifyLife(notifyConfig({ groupMs: 0 }));
  life.judge = (message) => (message.lines[0]?.subject === "web1" ? "refused" : "delivered");
  life.down("web1");
  life.pass(minute);
  life.down("web2");
  life.pass(hour);
  expect(lines(life)).toEqual([["DOWN web2: refused"]]);
  expect(life.waiting.get("ops")).toBe(1);
});

test("a queue that is full drops the oldest of the least important, and says how many", () => {
  const life = new NotifyLife(notifyConfig({ groupMs: 0 }));
  life.judge = () => "failed";
  life.nobody("www.example.org");
  for (let hours = 0; hours < 5; hours++) {
    for (let each = 0; each < 59; each++) {
      life.down(`web${hours}-${each}`);
      life.pass(minute);
    }
    life.pass(2 * minute);
  }
  expect(life.waiting.get("ops")).toBeLessThanOrEqual(201);
  life.judge = () => "delivered";
  life.pass(hour);
  life.down("last");
  life.pass(minute);
  expect(lines(life)[0]).toEqual(["CRITICAL: www.example.org answers all: no member is fit"]);
  const counted = life.delivered.reduce((sum, { message }) => sum + message.dropped, 0);
  expect(life.delivered.length + counted).toBe(5 * 59 + 2);
});

test("a daily report comes once a day, in the zone's time; the first occasion is only noted", () => {
  const reports = [{ every: "daily", atMinute: 420, day: 1, to: ["ops"] }] as const;
  const life = new NotifyLife(notifyConfig({ reports, timeZone: "Europe/Berlin" }));
  life.pass(48 * hour);
  const times = life.delivered.map(({ at }) => new Date(at).toISOString().slice(0, 16));
  expect(times).toEqual(["2030-01-08T06:00", "2030-01-09T06:00"]);
  expect(life.delivered[0]?.message.details).toBe("a report");
});

test("a report comes once for each day, however the clock is set back and forth, also while muster is stopped", () => {
  const reports = [{ every: "daily", atMinute: 420, day: 1, to: ["ops"] }] as const;
  const life = new NotifyLife(notifyConfig({ reports }));
  const days = (): readonly string[] => life.delivered.map(({ at }) => new Date(at).toISOString().slice(0, 10));
  life.pass(20 * hour);
  expect(days()).toEqual(["2030-01-08"]);
  for (const aheadMs of [-2 * hour, 0, -2 * hour, 0, -26 * hour, 0, -50 * hour, 0]) {
    life.aheadMs = aheadMs;
    life.pass(minute);
    if (aheadMs === 0) life.crash();
  }
  expect(days()).toEqual(["2030-01-08"]);
  // A clock that was far ahead for a moment holds up no report.
  life.aheadMs = 1000 * 24 * hour;
  life.pass(2 * minute);
  life.crash();
  life.aheadMs = 0;
  life.pass(48 * hour);
  expect(days()).toEqual(["2030-01-08", "2032-10-04", "2030-01-09", "2030-01-10"]);
});

test("M14 what was gathered, waits or is not over is there after a crash, and events are told once", () => {
  const life = new NotifyLife(notifyConfig());
  life.judge = () => "failed";
  const seen = life.down("web1");
  life.crash();
  life.step({ kind: "happened", events: [seen] });
  life.pass(minute);
  life.crash();
  life.judge = () => "delivered";
  life.up("web1");
  life.crash();
  life.pass(minute);
  expect(lines(life)).toEqual([["DOWN web1: refused"], ["UP web1 after 1m: 200"]]);
});

test("what is no longer configured is over", () => {
  const life = new NotifyLife(notifyConfig());
  life.down("web1");
  life.pass(minute);
  life.step({ kind: "configured", config: life.config, names: new Map() });
  life.pass(minute);
  expect(lines(life)[1]).toEqual(["RESOLVED: no longer checked: web1"]);
});

test("what was heard of only when it was no longer configured is over, too", () => {
  const life = new NotifyLife(notifyConfig());
  const config = fixtureConfig([]);
  const nothing = { outlets: [], primaries: [], zones: new Map(), audits: new Map(), lastResorts: new Map() };
  life.step({ kind: "configured", config: life.config, names: new Map() });
  const down = { kind: "health", subject: "web1", rule: "health/fall", from: "up", to: "down" } as const;
  life.happen({ ...down, sentence: "web1 is down: refused" });
  life.pass(minute);
  life.step({ kind: "looked", around: { config, firstEventId: 1, ...nothing } });
  life.pass(minute);
  expect(lines(life)).toEqual([["DOWN web1: refused"], ["RESOLVED: no longer checked: web1"]]);
});

const happening = fc.record({
  what: fc.constantFrom("down", "up", "nobody", "somebody", "trouble", "crash", "broken", "mended", "refusing"),
  who: fc.nat(3),
  waitMs: fc.oneof(fc.nat(20_000), fc.nat(20 * minute), fc.nat(3 * hour)),
});

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const quietHours = [{ fromMinute: 22 * 60, toMinute: 7 * 60, days: [1, 2, 3] }];

const repeatsMax = 2;

function live(happenings: readonly Happening[], change: Partial<NotifyConfig> = { quietHours }) {
  const life = new NotifyLife(notifyConfig({ repeatsMax, ...change }));
  const critical: number[] = [];
  const mend = (): void => void (life.judge = () => "delivered");
  for (const { waitMs, what, who } of happenings) {
    if (what === "down") life.down(`web${who}`);
    if (what === "up") life.up(`web${who}`);
    if (what === "nobody") critical.push(life.nobody(`pool${who}`).id);
    if (what === "somebody") life.somebody(`pool${who}`);
    if (what === "trouble") life.happen({ rule: `test/${who}`, sentence: "x".repeat(200) });
    if (what === "crash") life.crash();
    if (what === "broken") life.judge = () => "failed";
    if (what === "refusing") life.judge = () => "refused";
    if (what === "mended") mend();
    life.pass(waitMs);
  }
  mend();
  life.pass(48 * hour);
  return { life, critical };
}

/** Ids of events of each thing, as they were told. */
function toldOf(delivered: readonly Delivered[]): Map<string, number[]> {
  const told = new Map<string, number[]>();
  for (const { message } of delivered)
    for (const { event, key } of message.lines) told.set(key, [...(told.get(key) ?? []), event]);
  return told;
}

test("whatever happens: quiet hours hold, lines fit, the last state of everything is told, and nothing stays behind", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
      const { critical, life } = live(happenings);
      expect(life.waiting.size).toBe(0);
      for (const { message } of life.delivered) {
        expect(Array.from(messageLine(message)).length).toBeLessThanOrEqual(lineCharsMax);
        expect(message.lines.length).toBeGreaterThan(0);
      }
      for (const { at, message } of life.delivered)
        if (message.severity !== "critical") expect(isQuiet(quietHours, at, "UTC")).toBe(false);
      const told = toldOf(life.delivered);
      for (const [key, ids] of told) expect([key, ids]).toEqual([key, ids.toSorted((a, b) => a - b)]);
      for (const id of critical) {
        const key = [...told.values()].find((ids) => ids.includes(id) || (ids.at(-1) ?? 0) > id);
        expect(key, `critical event ${id} was told, or what came of it`).toBeDefined();
      }
    }),
    { numRuns: 60 },
  );
});

test("whatever happens: nothing is told to a channel more often than allowed", () => {
  const calm = happening.filter(({ what }) => !["crash", "broken", "refusing"].includes(what));
  fc.assert(
    fc.property(fc.array(calm, { maxLength: 80 }), (happenings) => {
      const { life } = live(happenings, { quietHours: [] });
      const times = new Map<string, number[]>();
      for (const { at, message } of life.delivered)
        for (const { key } of message.lines) times.set(key, [...(times.get(key) ?? []), at]);
      // A line waits for its message for ten seconds at most.
      for (const list of times.values())
        for (const [index, at] of list.entries())
          expect((list[index + repeatsMax] ?? Number.POSITIVE_INFINITY) - at).toBeGreaterThan(hour - 11_000);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ["*", "anything", true],
  ["health/*", "health/fall", true],
  ["health/*", "healthy", false],
  ["*.example.org", "www.EXAMPLE.org", true],
  ["www", "www.example.org", false],
  ["a*b*c", "aXbYc", true],
  ["a*b*c", "acb", false],
  ["ab*ba", "aba", false],
])("the pattern %s and %s: %s", (pattern, text, fitting) => expect(matchesPattern(pattern, text)).toBe(fitting));

test("M14 a message that waits is told soon, although the clock is set back by years while muster is stopped", () => {
  const start = { config: notifyConfig(), names: new Map(), prng: createPrng(1) };
  const before = new MessageDesk({ ...start, saved: [], now: { mono: mono(0), wall: lifeStart } });
  before.beginAfter(0);
  const down = { id: 1, at: lifeStart, kind: "health", subject: "web1", rule: "health/fall" } as const;
  const event = { ...down, sentence: "web1 is down: refused", from: "up", to: "down" };
  const effects = before.step({ kind: "happened", events: [event] }, { mono: mono(0), wall: lifeStart });
  const saved = effects.flatMap((effect) => (effect.kind === "save" ? effect.batch.put : []));
  const now = { mono: mono(0), wall: wall(lifeStart - 3 * 365 * 24 * hour) };
  const after = new MessageDesk({ ...start, saved, now });
  expect(after.nextWakeAt(now)).toBeLessThanOrEqual(minute);
});

test("a reference that is down is still that after a reload: nobody hears that it is no longer checked", () => {
  const reference = makeReference({ address: "203.0.113.1", family: 4, check: fixtureCheck() });
  expect(nameSubjects(fixtureConfig([], { references: [reference] })).get(reference.id)?.text).toBe(
    "reference 203.0.113.1",
  );
});
