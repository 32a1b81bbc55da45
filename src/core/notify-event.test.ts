/** What events mean, how they are put on one line, and what a report makes of them. */
import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import type { HistoryEvent } from "./model.ts";
import { readMeaning } from "./notify-event.ts";
import { eventText, lineCharsMax, messageLine } from "./notify-text.ts";
import { type OutNow, readOutages, reportLine, reportText } from "./outages.ts";
import { occasion } from "./local-time.ts";

const start = Date.UTC(2030, 0, 7, 12);

function event(change: Partial<HistoryEvent>): HistoryEvent {
  const base = { id: 1, at: wall(start), kind: "trouble", subject: "x", rule: "test/rule", sentence: "s" } as const;
  return { ...base, from: null, to: null, ...change };
}

test.each([
  [{ kind: "health", to: "down", rule: "health/fall" }, "warning problem health x"],
  [{ kind: "health", to: "up", rule: "health/rise" }, "warning resolved health x"],
  [{ kind: "health", to: "flapping", rule: "health/flap" }, "warning problem hold x"],
  [{ kind: "health", from: "flapping", to: "down", rule: "health/hold-over" }, "warning resolved hold x"],
  [{ kind: "answer", rule: "pool/last-resort-none" }, "critical problem answer x"],
  [{ kind: "answer", rule: "pool/priority" }, "info resolved answer x"],
  [{ kind: "answer", rule: "maintenance/last-resort" }, "info problem answer x"],
  [{ kind: "answer", rule: "zone/republish" }, "info news zone/republish x"],
  [{ rule: "zone/refused" }, "warning problem zone/refused x"],
  [{ rule: "zone/loaded" }, "warning resolved zone/refused x"],
  [
    { rule: "nameserver/behind", sentence: "ns1 (192.0.2.1:53) is behind" },
    "warning problem nameserver x ns1 (192.0.2.1:53)",
  ],
  [
    { rule: "nameserver/well", sentence: "ns1 (192.0.2.1:53) is well" },
    "warning resolved nameserver x ns1 (192.0.2.1:53)",
  ],
  [
    { rule: "nameserver/gone", sentence: "ns1 (192.0.2.1:53) is no longer asked for zone x" },
    "warning resolved nameserver x ns1 (192.0.2.1:53)",
  ],
  [{ rule: "nameserver/no-address", sentence: "the nameserver x cannot be watched" }, "warning problem name x"],
  [{ rule: "nameserver/not-looked-up", sentence: "the nameserver x is no longer" }, "warning resolved name x"],
  [
    { rule: "outlet/trouble", sentence: "update 192.0.2.1:53: zone x: refused" },
    "warning problem outlet x update 192.0.2.1:53",
  ],
  [
    { rule: "outlet/works", sentence: "update 192.0.2.1:53: zone x: it is in step again" },
    "warning resolved outlet x update 192.0.2.1:53",
  ],
  [{ rule: "outlet/drift", sentence: "update 192.0.2.1:53: zone x: a is b" }, "warning news outlet/drift x"],
  [{ rule: "audit/found", sentence: "a lacks b" }, "warning problem audit x a lacks b"],
  [{ rule: "audit/gone", sentence: "no longer: a lacks b" }, "warning resolved audit x a lacks b"],
  [{ rule: "secondary/expired" }, "critical problem secondary x"],
  [{ rule: "rehearsal/failed" }, "warning problem rehearsal x"],
  [{ rule: "rehearsal/slow" }, "warning problem rehearsal x"],
  [{ kind: "override", rule: "rehearsal/ok" }, "warning resolved rehearsal x"],
  [{ kind: "override", rule: "rehearsal/begin" }, "info news rehearsal/begin x"],
  [{ rule: "store/failed" }, "critical problem store/failed x"],
  [{ rule: "guard/well" }, "critical resolved guard/sick x"],
  [{ rule: "watcher/late" }, "warning problem watcher/late x"],
  [{ rule: "watcher/heard" }, "warning resolved watcher/late x"],
  [{ rule: "quorum/frozen" }, "warning problem quorum x"],
  [{ kind: "cleared", rule: "quorum/agree" }, "warning resolved quorum x"],
  [{ kind: "suspicion", rule: "quorum/opinion" }, "info news quorum/opinion x"],
  [{ kind: "health", to: "down", rule: "quorum/down" }, "warning problem health x"],
  [{ rule: "guard/brake" }, "critical problem guard/brake x"],
  [{ rule: "guard/brake-over" }, "critical resolved guard/brake x"],
  [{ kind: "override", rule: "operator/brake" }, "critical resolved guard/brake x"],
  [{ rule: "agent/unfit" }, "warning problem agent x"],
  [{ rule: "agent/silent" }, "warning problem agent x"],
  [{ rule: "agent/fit" }, "warning resolved agent x"],
  [{ rule: "mount/hung" }, "warning problem mount x"],
  [{ rule: "mount/well" }, "warning resolved mount x"],
  [{ rule: "operator/acknowledge" }, "info news operator/acknowledge x"],
  [{ rule: "never/heard-of" }, "warning news never/heard-of x"],
  [{ kind: "reload", rule: "controller/reload" }, "info resolved config x"],
] as const)("%j means %s", (change, meant) => {
  const { key, severity, state } = readMeaning(event(change));
  expect(`${severity} ${state} ${key}`).toBe(meant);
});

test("T10 a line has at most 160 characters, the most important words first, and nothing that moves a cursor", () => {
  const name = { text: "web1 (www.example.org)", words: [] };
  const told = { state: "problem", severity: "warning", name, lastedMs: null } as const;
  const sentence = `192.0.2.1 is down: \u001b[2J\u202e${"said 😀 ".repeat(100)}\r\nSTOP`;
  const text = eventText({ event: event({ kind: "health", to: "down", sentence }), ...told });
  expect(text).toMatch(/^DOWN web1 \(www\.example\.org\): \[2J said 😀/);
  const line = {
    event: 1,
    at: wall(start),
    rule: "r",
    subject: "x",
    key: "k",
    text,
    state: "problem",
    severity: "warning",
  } as const;
  const message = {
    id: "1",
    channel: "c",
    createdAt: wall(start),
    severity: "warning",
    lines: [line, line],
    omitted: 4,
  } as const;
  const short = messageLine({ ...message, dropped: 0, references: [], details: null, left: null });
  expect(short).toMatch(/^DOWN web1 .*… \(\+5 more\)$/u);
  expect(Array.from(short).length).toBeLessThanOrEqual(lineCharsMax);
  expect(short).not.toMatch(/[\p{Cc}\u202e]/u);
});

test("M14 a report: who was out, how long, why, and how fast it was seen", () => {
  const at = (seconds: number) => wall(start + seconds * 1000);
  const events = [
    event({ at: at(10), kind: "suspicion", subject: "a" }),
    event({ at: at(11), kind: "health", subject: "a", from: "up", to: "down", sentence: "a is down: refused" }),
    event({ at: at(20), kind: "suspicion", subject: "b" }),
    event({ at: at(21), kind: "cleared", subject: "b" }),
    event({ at: at(71), kind: "health", subject: "a", from: "down", to: "up", sentence: "a is up: 200" }),
    event({ at: at(80), kind: "health", subject: "c", from: "up", to: "down", sentence: "c is down: timeout" }),
  ];
  const names = new Map([["a", { text: "web1 (www)", words: [] }]]);
  const out = new Map([["c", { since: at(80), reason: "timeout" }]]);
  const report = readOutages(events, { from: at(0), to: at(100), names, out });
  expect(report.members).toMatchObject([
    { name: "web1 (www)", downMs: 60_000, outages: [{ why: "refused", seenMs: 1000 }] },
    { name: "c", downMs: 20_000, outages: [{ to: null, seenMs: null }] },
    { name: "b", downMs: 0, falseAlarms: 1, outages: [] },
  ]);
  expect(reportLine(report)).toBe("REPORT: 2 out; web1 (www) for 1m (+1 more)");
  expect(reportText(report, "Europe/Berlin")).toContain("  2030-01-07 13:00:11  1m, seen within 1s: refused");
  const nobody = readOutages([], { from: at(0), to: at(1), names, out: new Map() });
  expect(reportText(nobody, "UTC")).toContain("Nobody was out.");
});

test("M14 a report of a time in which nothing happened to who is out all along, or left while it was", () => {
  const at = (seconds: number) => wall(start + seconds * 1000);
  const fell = event({
    at: at(10),
    kind: "health",
    subject: "a",
    from: "up",
    to: "down",
    sentence: "a is down: refused",
  });
  const read = (events: readonly HistoryEvent[], out: OutNow = new Map()) =>
    readOutages(events, { from: at(0), to: at(100), names: new Map(), out }).members.map(({ downMs, outages }) => [
      downMs,
      ...outages.map(({ to, why }) => `${to === null ? "lasts" : to - start} ${why}`),
    ]);
  const since = new Map([["a", { since: at(-500), reason: "refused" }]]);
  expect(read([], since)).toEqual([[100_000, "lasts refused"]]);
  expect(read([fell], new Map([["a", { since: at(10), reason: "timeout" }]]))).toEqual([[90_000, "lasts refused"]]);
  const reload = event({ at: at(30), kind: "reload", rule: "config/reload" });
  expect(read([fell, reload, event({ ...reload, at: at(50) })])).toEqual([[20_000, "30000 refused"]]);
  const reset = event({ at: at(40), kind: "override", rule: "operator/reset" });
  expect(read([fell, reset])).toEqual([[30_000, "40000 refused"]]);
  expect(read([fell, reset, event({ ...fell, at: at(60) })], since)).toEqual([
    [70_000, "40000 refused", "lasts refused"],
  ]);
});

test("an outage lasts through the hold for flapping, and is seen as fast as the first vantage point doubted", () => {
  const at = (seconds: number) => wall(start + seconds * 1000);
  const a = { subject: "a" } as const;
  const health = (seconds: number, from: string | null, to: string, more: Partial<HistoryEvent> = {}): HistoryEvent =>
    event({
      ...a,
      at: at(seconds),
      kind: "health",
      rule: "health/x",
      from,
      to,
      sentence: `a is ${to}: refused`,
      ...more,
    });
  const doubt = (seconds: number, rule = "health/suspect"): HistoryEvent =>
    event({ ...a, at: at(seconds), kind: "suspicion", rule });
  const flap = { rule: "health/flap", sentence: "a is flapping: 31 changes" };
  const read = (events: readonly HistoryEvent[]) =>
    readOutages(events, { from: at(0), to: at(100), names: new Map(), out: new Map() }).members.map(
      ({ downMs, outages }) => [downMs, ...outages.map(({ seenMs, why }) => `${seenMs} ${why}`)],
    );
  const fell = [doubt(10), doubt(11, "quorum/opinion"), health(12, "up", "down"), health(12, null, "flapping", flap)];
  expect(read([...fell, health(20, "down", "up"), health(40, "flapping", "up")])).toEqual([
    [28_000, "2000 refused; then 31 changes"],
  ]);
  expect(read([...fell, health(20, "flapping", "down"), health(30, "down", "up")])).toEqual([
    [18_000, "2000 refused; then 31 changes"],
  ]);
  expect(read([health(12, null, "flapping", flap), health(40, "flapping", "up")])).toEqual([
    [28_000, "null 31 changes"],
  ]);
  expect(read([health(30, "flapping", "up")])).toEqual([[30_000, "null it was flapping before"]]);
  const route = event({ ...a, at: at(3), rule: "quorum/disagree" });
  expect(read([doubt(1, "quorum/opinion"), route, doubt(59), health(60, "up", "down")])).toEqual([
    [40_000, "1000 refused"],
  ]);
});

test("occasions follow the zone's clock", () => {
  const berlin = { atMinute: 420, weekday: null, timeZone: "Europe/Berlin" };
  expect(occasion(wall(Date.UTC(2030, 0, 7, 5, 59)), berlin)).toBe("2030-01-06");
  expect(occasion(wall(Date.UTC(2030, 0, 7, 6, 0)), berlin)).toBe("2030-01-07");
  const weekly = { ...berlin, weekday: 1 };
  expect(occasion(wall(Date.UTC(2030, 0, 7, 5, 59)), weekly)).toBe("2029-12-31");
  expect(occasion(wall(Date.UTC(2030, 0, 10)), weekly)).toBe("2030-01-07");
});
