import { expect, test } from "vitest";
import { mono, type Now, wall } from "../base/time.ts";
import type { PeerConfig } from "../core/model.ts";
import type { HistoryEvent } from "../core/model.ts";
import { openAlarms } from "./outward/recall-steps.ts";
import { auditFindings, Outward, servedEverywhereAt, viewNameservers } from "./outward.ts";
import {
  endpointKey,
  type OutwardEffect,
  type OutwardEvent,
  type OutwardZone,
  type SeenOutcome,
} from "./outward/events.ts";
import { notifyTriesMax } from "./outward/notify-steps.ts";

const origin = "example.org";
const start = 1_900_000_000_000;
const peer: PeerConfig = { address: "192.0.2.2", port: 53, key: "transfer" };
const key = endpointKey(peer);
const watch = {
  name: "ns2.example.org",
  endpoint: { address: peer.address, port: peer.port },
  proof: "serial",
} as const;
const zone: OutwardZone = { origin, secondaries: [peer], watches: [watch], unresolved: [] };
const other = { ...watch, name: "ns3.example.org", endpoint: { address: "192.0.2.3", port: 53 } };

const audit = { intervalMs: 300_000, lagMsMax: 10_000 };

const anyEvent: HistoryEvent = {
  ...{ id: 1, at: wall(start), kind: "trouble", subject: origin, rule: "", sentence: "" },
  ...{ from: null, to: null, owner: null, reason: null },
};

type Answering = (effect: OutwardEffect, ms: number) => OutwardEvent | null;

/** What a nameserver of the test says when it is asked for its serial. */
function serves(serial: number): OutwardEvent {
  return { kind: "soa-seen", origin, endpoint: key, outcome: { kind: "serial", serial } };
}

const silence: OutwardEvent = {
  kind: "soa-seen",
  origin,
  endpoint: key,
  outcome: { kind: "unreachable", reason: "no answer within 1000 ms" },
};
const answered = { kind: "notify-answered", origin, peer: key, rcode: 0 } as const;

/** Drives the machine by hand. The transcript has a line for each effect: `ms what`. */
class Drive {
  readonly outward = new Outward();
  readonly transcript: string[] = [];
  readonly sentences: string[] = [];
  ms = 0;

  constructor(zones: readonly OutwardZone[] = [zone], intervalMs = 300_000) {
    this.step({ kind: "configured", zones, audit: { ...audit, intervalMs } });
  }

  get now(): Now {
    return { mono: mono(this.ms), wall: wall(start + this.ms) };
  }

  step(event: OutwardEvent): readonly OutwardEffect[] {
    const effects = this.outward.step(event, this.now);
    for (const effect of effects) this.transcript.push(`${this.ms} ${lineOf(effect)}`);
    for (const effect of effects) if (effect.kind === "tell") this.sentences.push(effect.sentence);
    return effects;
  }

  publish(serial: number): readonly OutwardEffect[] {
    return this.step({ kind: "published", origin, serial, quiet: false });
  }

  /** Goes from wake to wake until `ms`; each effect is answered `tookMs` later. */
  run(until: number, answer: Answering, tookMs = 1): void {
    const due: { at: number; event: OutwardEvent }[] = [];
    for (;;) {
      const next = Math.min(this.outward.nextWakeAt, ...due.map(({ at }) => at));
      if (next > until) break;
      this.ms = Math.max(this.ms, next);
      const ready = due.findIndex(({ at }) => at <= this.ms);
      const event = ready < 0 ? ({ kind: "tick" } as const) : due.splice(ready, 1)[0]?.event;
      if (event === undefined) break;
      for (const effect of this.step(event)) {
        const reply = answer(effect, this.ms);
        if (reply !== null) due.push({ at: this.ms + tookMs, event: reply });
      }
    }
    this.ms = until;
  }

  view() {
    return viewNameservers(this.outward.state, this.now);
  }

  take(): string[] {
    return this.transcript.splice(0);
  }
}

function lineOf(effect: OutwardEffect): string {
  switch (effect.kind) {
    case "notify":
      return `notify ${effect.peer.address} ${effect.serial}`;
    case "ask-soa":
      return `ask ${effect.watch.endpoint.address}`;
    case "audit":
      return `audit ${effect.origin}`;
    case "tell":
      return `tell ${effect.rule}`;
    case "ahead":
      return `ahead ${effect.serial}`;
    case "served-everywhere":
      return `everywhere ${effect.serial}`;
  }
}

/** Answers questions with what `serial` says at that moment; NOTIFY is answered. */
function serving(serial: (ms: number) => number | null): Answering {
  return (effect, ms) => {
    if (effect.kind === "notify") return answered;
    if (effect.kind !== "ask-soa") return null;
    const now = serial(ms);
    return now === null ? silence : serves(now);
  };
}

test("a change: NOTIFY at once, then questions that double, until it is served; the delay is measured", () => {
  const drive = new Drive();
  drive.publish(7);
  expect(drive.take()).toEqual(["0 notify 192.0.2.2 7"]);
  drive.step(answered);
  drive.run(
    1000,
    serving((ms) => (ms < 100 ? 6 : 7)),
  );
  expect(drive.take()).toEqual([
    "10 ask 192.0.2.2",
    "31 ask 192.0.2.2",
    "72 ask 192.0.2.2",
    "153 ask 192.0.2.2",
    "154 everywhere 7",
  ]);
  const [view] = drive.view();
  expect(view).toMatchObject({ state: "in-step", serial: 7, lagSeconds: 0, reason: "serves serial 7" });
  expect(view?.delays).toMatchObject({ count: 1, p50Ms: 154, p99Ms: 154 });
  expect(view?.delays.buckets.filter(({ count }) => count > 0)).toEqual([{ ms: 200, count: 1 }]);
  expect(servedEverywhereAt(drive.outward.state, origin, 7)).toBe(start + 154);
  expect(servedEverywhereAt(drive.outward.state, origin, 6)).toBe(start + 154);
  expect(servedEverywhereAt(drive.outward.state, origin, 8)).toBeNull();
});

test("changes while a NOTIFY is under way go with the next one; the serial around the end of 32 bits counts on", () => {
  const drive = new Drive();
  drive.publish(0xffff_fffe);
  drive.publish(0xffff_ffff);
  drive.publish(0);
  drive.publish(1);
  expect(drive.take()).toEqual(["0 notify 192.0.2.2 4294967294"]);
  drive.ms = 5;
  drive.step(answered);
  expect(drive.take()).toEqual([]);
  drive.run(
    1000,
    serving((ms) => (ms < 30 ? 0xffff_ffff : 1)),
  );
  const transcript = drive.take();
  expect(transcript).toContain("20 notify 192.0.2.2 1");
  expect(transcript.filter((line) => line.includes("notify"))).toHaveLength(1);
  expect(transcript.filter((line) => line.includes("everywhere"))).toEqual([
    "11 everywhere 4294967295",
    "32 everywhere 1",
  ]);
  expect(drive.view()[0]?.delays.count).toBe(4);
});

test("a serial that is not ahead is no change", () => {
  const drive = new Drive();
  drive.publish(7);
  drive.take();
  drive.publish(7);
  drive.publish(6);
  drive.step({ kind: "published", origin: "elsewhere.example", serial: 9, quiet: false });
  expect(drive.take()).toEqual([]);
});

test("a secondary that is silent is told again with a growing wait, and not for ever", () => {
  const drive = new Drive([{ ...zone, watches: [] }]);
  drive.publish(7);
  drive.step({ kind: "notify-silent", origin, peer: key, reason: "no answer within 1000 ms" });
  drive.run(
    3_600_000,
    (effect) => (effect.kind === "notify" ? { kind: "notify-silent", origin, peer: key, reason: "no answer" } : null),
    1000,
  );
  const at = drive.take().flatMap((line) => (line.includes("notify") ? [Number(line.split(" ")[0])] : []));
  expect(at.slice(0, 6)).toEqual([0, 500, 2500, 5500, 10_500, 19_500]);
  expect(at).toHaveLength(notifyTriesMax);
});

test("a new change ends the waiting after a silence, and an answer ends the tries", () => {
  const drive = new Drive([{ ...zone, watches: [] }]);
  drive.publish(7);
  drive.step({ kind: "notify-silent", origin, peer: key, reason: "no answer" });
  drive.ms = 100;
  drive.publish(8);
  expect(drive.take().filter((line) => line.includes("notify"))).toEqual([
    "0 notify 192.0.2.2 7",
    "100 notify 192.0.2.2 8",
  ]);
  drive.step(answered);
  drive.run(60_000, () => null);
  expect(drive.take().filter((line) => line.includes("notify"))).toEqual([]);
});

test("a secondary that refuses NOTIFY is told of once, and once when it accepts it", () => {
  const drive = new Drive([{ ...zone, watches: [] }]);
  for (const [serial, rcode] of [
    [7, 9],
    [8, 9],
    [9, 0],
  ] as const) {
    drive.publish(serial);
    drive.run(drive.ms + 100, () => null);
    drive.step({ ...answered, rcode });
    drive.run(drive.ms + 100, () => null);
  }
  expect(drive.sentences).toEqual([
    "192.0.2.2:53 does not accept NOTIFY for zone example.org (NOTAUTH); it must have the zone as a secondary of this server and allow NOTIFY from it with the key transfer",
    "192.0.2.2:53 accepts NOTIFY for zone example.org again",
  ]);
});

test("a laggard: one alarm and a new NOTIFY, more of these with a growing wait, one line when it is well", () => {
  const drive = new Drive();
  drive.publish(7);
  drive.step(answered);
  drive.run(
    130_000,
    serving((ms) => (ms < 100_000 ? 6 : 7)),
  );
  const transcript = drive.take();
  expect(transcript.filter((line) => line.includes("tell"))).toEqual([
    "10000 tell nameserver/behind",
    "100304 tell nameserver/well",
  ]);
  const notified = transcript.flatMap((line) => (line.includes("notify") ? [Number(line.split(" ")[0])] : []));
  expect(notified).toEqual([0, 10_000, 20_000, 40_000, 80_000]);
  expect(drive.sentences).toEqual([
    "ns2.example.org (192.0.2.2:53) does not serve serial 7 of zone example.org after 10 s: serves serial 6, and 7 is published; NOTIFY is sent again",
    "ns2.example.org (192.0.2.2:53) is well again: it serves serial 7 of zone example.org, 100.3 s late",
  ]);
});

test("lame, refusing and unreachable nameservers have their states; one lost datagram is no state", () => {
  const table = [
    { outcome: { kind: "lame", reason: "answers SERVFAIL" }, state: "lame" },
    { outcome: { kind: "refused", reason: "answers REFUSED" }, state: "refused" },
    { outcome: { kind: "differs", reason: "www.example.org A differs" }, state: "behind" },
  ] as const;
  for (const { outcome, state } of table) {
    const drive = new Drive();
    drive.publish(7);
    drive.step({ kind: "soa-seen", origin, endpoint: key, outcome });
    expect(drive.view()[0]).toMatchObject({ state, reason: outcome.reason });
  }
  const drive = new Drive();
  drive.publish(7);
  drive.step(silence);
  expect(drive.view()[0]?.state).toBe("unknown");
  drive.ms = 2000;
  drive.step(silence);
  expect(drive.view()[0]).toMatchObject({ state: "unreachable", lagSeconds: 2 });
});

test("everywhere means every nameserver: the slowest decides, and one that leaves the configuration does not", () => {
  const drive = new Drive([{ ...zone, watches: [watch, other] }]);
  drive.publish(7);
  drive.ms = 50;
  drive.step(serves(7));
  expect(servedEverywhereAt(drive.outward.state, origin, 7)).toBeNull();
  drive.ms = 90;
  drive.step({ ...serves(7), endpoint: endpointKey(other.endpoint) } as OutwardEvent);
  expect(servedEverywhereAt(drive.outward.state, origin, 7)).toBe(start + 90);
  drive.publish(8);
  drive.step(serves(8));
  drive.ms = 95;
  drive.step({ kind: "configured", zones: [zone], audit: { intervalMs: 300_000, lagMsMax: 10_000 } });
  expect(servedEverywhereAt(drive.outward.state, origin, 8)).toBe(start + 95);
});

test("one that lastingly refuses hands out nothing and holds up nothing; one that is silent does", () => {
  const seen = (outcome: SeenOutcome): OutwardEvent => ({ kind: "soa-seen", origin, endpoint: key, outcome });
  const table = [
    { outcome: { kind: "refused", reason: "it answers REFUSED" }, everywhere: start + 10_000 },
    { outcome: { kind: "lame", reason: "it answers SERVFAIL" }, everywhere: start + 10_000 },
    { outcome: { kind: "unreachable", reason: "no answer" }, everywhere: null },
  ] as const;
  for (const { outcome, everywhere } of table) {
    const drive = new Drive();
    drive.publish(7);
    drive.run(20_000, (effect) => (effect.kind === "ask-soa" ? seen(outcome) : null));
    expect(servedEverywhereAt(drive.outward.state, origin, 7)).toBe(everywhere);
  }
});

test("after a restart without a change nobody is told, and everybody is asked", () => {
  const drive = new Drive();
  drive.step({ kind: "published", origin, serial: 7, quiet: true });
  drive.run(
    1000,
    serving(() => 7),
  );
  expect(drive.take()).toEqual(["10 ask 192.0.2.2", "11 everywhere 7"]);
});

test("a secondary and a nameserver that join at a reload are told and asked at once", () => {
  const drive = new Drive([{ ...zone, secondaries: [], watches: [] }]);
  drive.publish(7);
  drive.take();
  drive.ms = 500;
  drive.step({ kind: "configured", zones: [zone], audit: { intervalMs: 300_000, lagMsMax: 10_000 } });
  expect(drive.take()).toEqual(["500 notify 192.0.2.2 7", "500 ask 192.0.2.2"]);
});

test("audits run at their interval, and each finding is told when it comes and when it goes", () => {
  const drive = new Drive([zone], 60_000);
  drive.publish(7);
  drive.step(serves(7));
  const remark = { key: "recursion 192.0.2.2 53", endpoint: key, state: null, sentence: "ns2 offers recursion" };
  const differs = { key: "different", endpoint: key, state: "different", sentence: "ns2 serves another A" } as const;
  const rounds = [[remark, differs], [remark, differs], []];
  drive.take();
  drive.run(200_000, (effect) =>
    effect.kind === "audit" ? { kind: "audited", origin, faults: rounds.shift() ?? [] } : serving(() => 7)(effect, 0),
  );
  expect(drive.take().filter((line) => !line.includes("notify"))).toEqual([
    "60000 audit example.org",
    "60001 tell audit/found",
    "60001 tell audit/found",
    "120001 audit example.org",
    "180002 audit example.org",
    "180003 tell audit/gone",
    "180003 tell audit/gone",
  ]);
  expect(drive.view()[0]?.state).toBe("in-step");
});

test("M12 the end of a finding refers to it as it was told, whatever its words have become, and whoever raises an alarm", () => {
  const drive = new Drive([zone], 60_000);
  drive.publish(7);
  drive.step(serves(7));
  const finding = (sentence: string) => ({ key: "different", endpoint: key, state: "different", sentence }) as const;
  const audited = (...faults: readonly ReturnType<typeof finding>[]): void =>
    void drive.step({ kind: "audited", origin, faults });
  audited(finding("ns2: 1 missing"));
  audited(finding("ns2: 2 missing"));
  audited();
  const told = drive.sentences.filter((sentence) => sentence.includes("missing"));
  expect(told).toEqual(["ns2: 1 missing", "no longer: ns2: 1 missing"]);
});

test("M12 what an audit found at a nameserver that leaves is over at once, and what it finds there later is not told", () => {
  const elsewhere = endpointKey(other.endpoint);
  const finding = (endpoint: string) => ({ key: endpoint, endpoint, state: null, sentence: `at ${endpoint}` });
  const audited = { kind: "audited", origin, faults: [finding(key), finding(elsewhere)] } as const;
  const drive = new Drive([{ ...zone, watches: [watch, other] }]);
  drive.publish(7);
  drive.step(audited);
  drive.sentences.length = 0;
  drive.step({ kind: "configured", zones: [zone], audit });
  expect(drive.sentences).toEqual([`no longer: at ${elsewhere}`]);
  drive.step(audited);
  expect(drive.sentences).toHaveLength(1);
  expect(auditFindings(drive.outward.state).get(origin)).toEqual([`at ${key}`]);
});

test("a nameserver that was late and then serves other records: the alarm is over, and the difference is told", () => {
  const drive = new Drive([zone], 20_000);
  drive.publish(7);
  drive.run(
    15_000,
    serving(() => 6),
  );
  const differs = { key: "different", endpoint: key, state: "different", sentence: "ns2 serves another A" } as const;
  drive.take();
  drive.run(50_000, (effect, ms) =>
    effect.kind === "audit" ? { kind: "audited", origin, faults: [differs] } : serving(() => 7)(effect, ms),
  );
  const told = drive.take().filter((line) => line.includes("tell"));
  expect(told.map((line) => line.replace(/^\d+ /, ""))).toEqual(["tell nameserver/well", "tell audit/found"]);
  expect(drive.view()[0]?.state).toBe("different");
});

test("an audit that finds a quiet nameserver behind makes the watching begin again", () => {
  const drive = new Drive([zone], 60_000);
  drive.publish(7);
  drive.step(answered);
  drive.run(
    1000,
    serving(() => 7),
  );
  const behind = { key: "behind", endpoint: key, state: "behind", sentence: "ns2 serves 6" } as const;
  drive.take();
  drive.run(80_000, (effect, ms) =>
    effect.kind === "audit" ? { kind: "audited", origin, faults: [behind] } : serving(() => 6)(effect, ms),
  );
  expect(drive.take().filter((line) => line.includes("tell"))).toEqual(["70001 tell nameserver/behind"]);
});

test("M11 after a lost past, a secondary that is ahead is told of, so that the zone can rise above it", () => {
  const drive = new Drive();
  drive.step({ kind: "published", origin, serial: 7, quiet: true });
  drive.run(
    1000,
    serving(() => 9),
  );
  expect(drive.take()).toContain("10 ask 192.0.2.2");
  expect(drive.outward.state.zones.get(origin)?.watches.size).toBe(1);
  const seen = drive.step(serves(9));
  expect(seen).toContainEqual({ kind: "ahead", origin, serial: 9, endpoint: "192.0.2.2:53" });
});

test("a nameserver that is being looked up holds up a change, one of which nobody knows an address does not", () => {
  const unresolved = (pending: boolean): OutwardZone[] => [
    { origin, secondaries: [], watches: [], unresolved: [{ name: "ns9.example.net", reason: "no answer", pending }] },
  ];
  const drive = new Drive(unresolved(true));
  drive.step({ kind: "published", origin, serial: 7, quiet: false });
  expect(servedEverywhereAt(drive.outward.state, origin, 7)).toBeNull();
  const effects = drive.step({ kind: "configured", zones: unresolved(false), audit });
  expect(effects).toMatchObject([{ kind: "served-everywhere", origin, serial: 7 }]);
});

test("an alarm whose cause becomes another is told again once that has lasted, and not when it passes", () => {
  const drive = new Drive();
  drive.publish(7);
  const refuses: OutwardEvent = { ...silence, outcome: { kind: "refused", reason: "answers REFUSED" } };
  const answer =
    (causes: readonly [number, OutwardEvent][]): Answering =>
    (effect, ms) => {
      if (effect.kind === "notify") return answered;
      return effect.kind === "ask-soa" ? (causes.findLast(([from]) => from <= ms)?.[1] ?? null) : null;
    };
  drive.run(
    60_000,
    answer([
      [0, serves(6)],
      [20_000, refuses],
      [23_000, serves(6)],
      [40_000, silence],
    ]),
  );
  const told = drive.take().filter((line) => line.includes("tell"));
  expect(told.map((line) => line.replace(/^\d+ /, ""))).toEqual([
    "tell nameserver/behind",
    "tell nameserver/unreachable",
  ]);
  expect(drive.sentences.at(-1)).toBe(
    "ns2.example.org (192.0.2.2:53) still does not serve zone example.org as it should, now for another cause: no answer within 1000 ms",
  );
  drive.run(80_000, answer([[0, serves(7)]]));
  expect(drive.take().filter((line) => line.includes("tell"))).toMatchObject([
    expect.stringContaining("nameserver/well"),
  ]);
});

const alarm = { origin, name: watch.name, place: "192.0.2.2:53", state: "behind" } as const;

test("an alarm of before a restart is over when the nameserver is seen to be well, and is not told twice before", () => {
  const drive = new Drive();
  drive.step({ kind: "recalled", alarms: [alarm] });
  drive.step({ kind: "configured", zones: [zone], audit });
  drive.step({ kind: "published", origin, serial: 7, quiet: true });
  drive.run(
    30_000,
    serving((ms) => (ms < 20_000 ? 6 : 7)),
  );
  const told = drive.take().filter((line) => line.includes("tell"));
  expect(told.map((line) => line.replace(/^\d+ /, ""))).toEqual(["tell nameserver/well"]);
});

test("a secondary that was behind before a restart is told again after it, though nobody is alarmed anew", () => {
  const drive = new Drive();
  drive.step({ kind: "published", origin, serial: 7, quiet: true });
  drive.step({ kind: "recalled", alarms: [alarm] });
  drive.step({ kind: "configured", zones: [zone], audit });
  drive.run(
    15_000,
    serving(() => 6),
  );
  expect(drive.take().filter((line) => !line.includes("ask"))).toEqual(["10000 notify 192.0.2.2 7"]);
});

test.each([
  ["was well before that was known", [zone], "nameserver/well"],
  ["left meanwhile", [{ ...zone, watches: [] }], "nameserver/gone"],
  ["left with its zone", [], "nameserver/gone"],
])("an alarm of before a restart whose nameserver %s is over", (_title, zones: readonly OutwardZone[], rule) => {
  const drive = new Drive(zones);
  drive.publish(7);
  drive.run(
    5000,
    serving(() => 7),
  );
  drive.take();
  drive.step({ kind: "recalled", alarms: [alarm] });
  drive.step({ kind: "configured", zones, audit });
  expect(drive.take().filter((line) => line.includes("tell"))).toEqual([`5000 tell ${rule}`]);
});

test("an alarm of before a restart waits for an address that is being looked up", () => {
  const unresolved = (pending: boolean): OutwardZone[] => [
    { ...zone, watches: [], unresolved: [{ name: watch.name, reason: "no answer", pending }] },
  ];
  const drive = new Drive(unresolved(true));
  drive.step({ kind: "recalled", alarms: [alarm] });
  drive.step({ kind: "configured", zones: unresolved(true), audit });
  expect(drive.sentences).toEqual([]);
  drive.step({ kind: "configured", zones: unresolved(false), audit });
  expect(drive.sentences).toHaveLength(1);
});

test("of a story the alarms are open that were not told to be over", () => {
  const lines = [
    ["nameserver/behind", "ns1 (192.0.2.1:53) does not serve serial 7 (of 9)"],
    ["nameserver/refused", "ns2 ([2001:db8::1]:53) does not serve"],
    ["nameserver/unreachable", "ns1 (192.0.2.1:53) still does not serve"],
    ["nameserver/behind", "ns3 (192.0.2.3:53) does not serve"],
    ["nameserver/no-address", "the nameserver ns4 (so it is) cannot be watched"],
    ["nameserver/well", "ns3 (192.0.2.3:53) is well again"],
    ["nameserver/gone", "ns2 ([2001:db8::1]:53) is no longer asked"],
    ["outlet/trouble", "ns5 (192.0.2.5:53) is no nameserver"],
  ];
  const story = lines.map(([rule = "", sentence = ""], id) => ({ ...anyEvent, id, rule, sentence, subject: origin }));
  expect(openAlarms(story)).toEqual([{ origin, name: "ns1", place: "192.0.2.1:53", state: "unreachable" }]);
});

test.each([
  ["leaves", [{ ...zone, watches: [] }]],
  ["leaves with its zone", []],
  ["is called otherwise", [{ ...zone, watches: [{ ...watch, name: "ns9.example.org" }] }]],
])("the alarm of a nameserver that %s is over", (_title, zones: readonly OutwardZone[]) => {
  const drive = new Drive();
  drive.publish(7);
  drive.run(
    11_000,
    serving(() => 6),
  );
  expect(drive.take().filter((line) => line.includes("tell"))).toHaveLength(1);
  const effects = drive.step({ kind: "configured", zones, audit });
  const told = effects.filter(({ kind }) => kind === "tell");
  expect(told[0]).toMatchObject({ subject: origin, rule: "nameserver/gone" });
  expect(drive.sentences.at(1)).toContain("ns2.example.org (192.0.2.2:53) is no longer asked");
  // Under its new name the alarm goes on.
  expect(told).toHaveLength(zones[0]?.watches.length === 1 ? 2 : 1);
});

test.each<{ title: string; late: OutwardEvent }>([
  { title: "an answer", late: silence },
  {
    title: "an audit",
    late: {
      kind: "audited",
      origin,
      faults: [{ key: "behind", endpoint: key, state: "behind", sentence: "ns2 serves 6" }],
    },
  },
])("$title that comes after its zone has left and come back begins nothing", ({ late }) => {
  const drive = new Drive();
  drive.publish(7);
  drive.run(20, () => null);
  drive.step({ kind: "configured", zones: [], audit });
  drive.step({ kind: "configured", zones: [zone], audit });
  const before = drive.outward.nextWakeAt;
  expect(drive.step(late)).toEqual([]);
  expect(drive.outward.nextWakeAt).toBe(before);
});
