/** Nameservers and outlets as the controller would show them, in step unless a test says otherwise. */
import { wall } from "../../src/base/time.ts";
import type { DelaysView, NameserverView, OutletView, PlanView, StatusView } from "../../src/core/view.ts";
import { makeStatus } from "./page-scenes.ts";

const bucketsMs = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, null] as const;

/** `counts` fill the buckets from 5 ms on. */
function makeDelays(counts: readonly number[], quantiles: Pick<DelaysView, "lastMs" | "p50Ms" | "p99Ms">): DelaysView {
  const buckets = bucketsMs.map((ms, index) => ({ ms, count: counts[index] ?? 0 }));
  const count = counts.reduce((sum, each) => sum + each, 0);
  return { count, sumMs: count * (quantiles.p50Ms ?? 0), ...quantiles, buckets };
}

export function makeNameserver(at: number, given: Partial<NameserverView> = {}): NameserverView {
  const serial = Math.floor(at / 1000) - 240;
  return {
    zone: "demo.example",
    name: "ns1.example.net",
    endpoint: "192.0.2.53:53",
    proof: "serial",
    state: "in-step",
    trouble: false,
    pending: false,
    since: wall(at - 26 * 3_600_000),
    serial,
    lagSeconds: 0,
    lastAskedAt: wall(at - 4000),
    delays: makeDelays([0, 2, 9, 31, 12, 3, 1], { lastMs: 42.1, p50Ms: 38.4, p99Ms: 214 }),
    reason: `serves serial ${serial}`,
    ...given,
  };
}

export function makeOutlet(at: number, given: Partial<OutletView> = {}): OutletView {
  return {
    zone: "demo.example",
    name: "update 192.0.2.53:53",
    state: "in-step",
    since: wall(at - 26 * 3_600_000),
    serial: Math.floor(at / 1000) - 240,
    reason: "every managed record is there as wanted",
    ...given,
  };
}

/** Six places that all hold the two pools of `makeStatus`. */
export function makePublished(at: number): StatusView {
  const nameservers = [
    makeNameserver(at, { name: "embedded", endpoint: "127.0.0.1:53", delays: quick(0.4) }),
    makeNameserver(at, { name: "ns1.example.net", endpoint: "192.0.2.53:53" }),
    makeNameserver(at, { name: "ns1.example.net", endpoint: "[2001:db8::53]:53", delays: quick(12) }),
    makeNameserver(at, { name: "ns2.example.com", endpoint: "198.51.100.53:53", delays: slow }),
  ];
  const outlets = [makeOutlet(at), makeOutlet(at, { name: "file /var/lib/bind/demo.example", reason: "written" })];
  return { ...makeStatus(at), nameservers, outlets };
}

function quick(ms: number): DelaysView {
  return makeDelays([41, 12, 3], { lastMs: ms, p50Ms: ms, p99Ms: ms * 4 });
}

const slow = makeDelays([0, 0, 0, 3, 40, 22, 9, 2, 1], { lastMs: 84.2, p50Ms: 91.5, p99Ms: 1400 });

/** The same with one nameserver silent, one late, one that was changed by hand, one not known, and one outlet refused. */
export function makeLate(at: number): StatusView {
  const published = makePublished(at);
  const [embedded, ns1, ns1v6, ns2] = published.nameservers;
  if (embedded === undefined || ns1 === undefined || ns1v6 === undefined || ns2 === undefined) return published;
  const { serial } = ns1;
  const older = (serial ?? 0) - 86_400;
  const late: Partial<NameserverView> = { trouble: true, serial: older, lagSeconds: 214.6, since: wall(at - 214_600) };
  const nameservers: readonly NameserverView[] = [
    embedded,
    { ...ns1, ...late, state: "behind", reason: `serves serial ${older}, and ${serial} is published` },
    { ...ns1v6, ...late, state: "unreachable", reason: "no answer within 2 s, over UDP and TCP" },
    { ...ns2, trouble: true, state: "different", reason: "www.demo.example A differs: 192.0.2.10 is missing" },
    makeNameserver(at, {
      name: "ns3.example.org",
      endpoint: "",
      state: "unknown",
      serial: null,
      lastAskedAt: null,
      delays: { count: 0, sumMs: 0, lastMs: null, p50Ms: null, p99Ms: null, buckets: [] },
      reason: "there is no such name",
    }),
  ];
  const refused = makeOutlet(at, {
    state: "refused",
    since: wall(at - 90_000),
    reason: "it answers NOTAUTH (BADKEY): it does not know the key ddns.example.org",
  });
  return { ...published, nameservers, outlets: [refused, ...published.outlets.slice(1)] };
}

/** A reload that would take four of five records away. */
export const greedyPlan: PlanView = {
  zones: [
    {
      origin: "demo.example",
      removed: [
        "www.demo.example. 30 IN A 192.0.2.10",
        "www.demo.example. 30 IN A 192.0.2.11",
        "www.demo.example. 30 IN AAAA 2001:db8::7",
        "db.demo.example. 30 IN A 192.0.2.20",
      ],
      added: ["www.demo.example. 30 IN A 203.0.113.80"],
    },
  ],
  published: 5,
  removed: 4,
  limit: 0.5,
  refusal: "it removes 4 of 5 records, and removal-max is 50%",
  mistakes: [],
  sentences: ["pool db.demo.example is removed"],
};
