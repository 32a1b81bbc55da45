/**
 * The controller's numbers as Prometheus text. Every scrape fills registries of its own from one view, so a
 * member that left the configuration leaves no series behind and two scrapes never mix. The number of series is
 * bounded: members past `METRICS_MEMBERS_MAX` are counted in the totals but get no series of their own.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Counter, Gauge, Registry } from "@prometheus-io/client";
import type { Health } from "../core/model.ts";
import type { RehearsalView } from "../core/rehearsal.ts";
import type { MemberView, PoolView, StatusView } from "../core/view.ts";
import { addAgents } from "./agent-metrics.ts";
import { addDiagnoses, addMemberDiagnoses } from "./diagnosis-metrics.ts";
import { delayHistogram, publishingSections } from "./publishing-metrics.ts";

/** Members that get series of their own. */
export const METRICS_MEMBERS_MAX = 10_000;

const healthNumbers: Readonly<Record<Health, number>> = { down: 0, up: 1, flapping: 2, unproven: 3 };

/** Null: no series for this member. */
const memberGauges: readonly { name: string; help: string; value: (member: MemberView) => number | null }[] = [
  {
    name: "muster_member_health",
    help: "Health of a member: 0 down, 1 up, 2 flapping, 3 unproven",
    value: (member) => healthNumbers[member.health],
  },
  {
    name: "muster_member_suspected",
    help: "1: a probe failed and confirming ones are running",
    value: (member) => Number(member.suspected),
  },
  {
    name: "muster_member_answering",
    help: "1: the member is among the addresses answered now",
    value: (member) => Number(member.answering),
  },
  {
    name: "muster_member_restored",
    help: "1: its health came from disk and was not proved again since the start",
    value: (member) => Number(member.restored),
  },
  {
    name: "muster_member_overridden",
    help: "1: drained or disabled by hand, or in maintenance",
    value: (member) => Number(member.override !== null),
  },
  {
    name: "muster_member_maintenance",
    help: "1: in maintenance, or out of the answers for it",
    value: (member) => Number(member.override?.kind === "maintenance"),
  },
  {
    name: "muster_member_stale_seconds",
    help: "How far the member's data is behind the origin, where that is known",
    value: (member) => (member.data === null ? null : member.data.staleMs / 1000),
  },
];

const poolGauges: readonly { name: string; help: string; value: (pool: PoolView) => number }[] = [
  { name: "muster_pool_members", help: "Members of a pool", value: (pool) => pool.members.length },
  {
    name: "muster_pool_members_up",
    help: "Members of a pool that are up",
    value: (pool) => pool.members.filter((member) => member.health === "up").length,
  },
  { name: "muster_pool_answers", help: "Addresses answered now", value: (pool) => pool.answer.addresses.length },
  {
    name: "muster_pool_last_resort",
    help: "1: nobody is fit and the configured last resort is served",
    value: (pool) => Number(pool.answer.lastResort),
  },
  {
    name: "muster_pool_pinned",
    help: "1: the name is pinned, and failover is off",
    value: (pool) => Number(pool.pin !== null),
  },
  { name: "muster_pool_ttl_seconds", help: "TTL of the answers", value: (pool) => pool.answer.ttlSeconds },
];

type Fill = (registry: Registry) => void;

/** Thousands of members take a while to write down: each section is a turn of its own, and probes go on between. */
export async function renderMetrics(
  status: StatusView,
  counters: Readonly<Record<string, number>>,
  rehearsals: readonly RehearsalView[] = [],
): Promise<{ readonly contentType: string; readonly text: string }> {
  const sections: readonly Fill[] = [
    (registry) => addController(registry, status),
    ...poolSections(status.pools),
    ...memberSections(status.pools),
    ...publishingSections(status),
    (registry) => addDiagnoses(registry, status),
    (registry) => addAgents(registry, status),
    (registry) => addRehearsals(registry, rehearsals),
    (registry) => addCounters(registry, counters),
  ];
  const texts: string[] = [];
  for (const fill of sections) {
    const registry = new Registry(Registry.PROMETHEUS_CONTENT_TYPE);
    fill(registry);
    texts.push(await registry.metrics());
    await nextTurn();
  }
  texts.push(delayHistogram(status));
  return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: texts.join("") };
}

const rehearsalNumbers = { failed: 0, ok: 1, slow: 2 } as const;

/** The last rehearsal of each pool. */
function addRehearsals(registry: Registry, rehearsals: readonly RehearsalView[]): void {
  const gauge = (name: string, help: string, value: (rehearsal: RehearsalView) => number | null): void => {
    const series = new Gauge({ name, help, labelNames: ["pool"], registers: [registry] });
    for (const rehearsal of rehearsals) {
      const number = value(rehearsal);
      if (number !== null) series.set({ pool: rehearsal.pool }, number);
    }
  };
  gauge("muster_rehearsal_timestamp_seconds", "When the last rehearsal began", ({ at }) => at / 1000);
  gauge(
    "muster_rehearsal_verdict",
    "The last rehearsal: 0 failed, 1 ok, 2 slow",
    ({ verdict }) => rehearsalNumbers[verdict],
  );
  const total = "From the fault to the last nameserver, with the TTL, in the last rehearsal";
  gauge("muster_rehearsal_seconds", total, ({ totalMs }) => (totalMs === null ? null : totalMs / 1000));
}

function addController(registry: Registry, status: StatusView): void {
  const registers = [registry];
  new Gauge({ name: "muster_info", help: "Always 1; the version is a label", labelNames: ["version"], registers }).set(
    { version: status.version },
    1,
  );
  new Gauge({
    name: "muster_ready",
    help: "1: every target was judged since the start, and DNS answers",
    registers,
  }).set(Number(status.ready));
  new Gauge({ name: "muster_unsaved", help: "1: decisions cannot be saved", registers }).set(
    Number(status.unsaved !== undefined),
  );
  new Gauge({ name: "muster_start_time_seconds", help: "Unix time of the start", registers }).set(
    status.startedAt / 1000,
  );
  const trouble = new Gauge({
    name: "muster_zone_trouble",
    help: "1: the zone is not as configured",
    labelNames: ["zone"],
    registers,
  });
  const serial = new Gauge({ name: "muster_zone_serial", help: "SOA serial", labelNames: ["zone"], registers });
  for (const zone of status.zones) {
    trouble.set({ zone: zone.origin }, Number(zone.trouble !== null));
    serial.set({ zone: zone.origin }, zone.serial);
  }
}

function poolSections(pools: readonly PoolView[]): readonly Fill[] {
  return poolGauges.map(({ name, help, value }) => (registry) => {
    const gauge = new Gauge({ name, help, labelNames: ["pool"], registers: [registry] });
    for (const pool of pools) gauge.set({ pool: pool.name }, value(pool));
  });
}

function memberSections(pools: readonly PoolView[]): readonly Fill[] {
  const all = pools.flatMap((pool) => pool.members.map((member) => ({ pool: pool.name, member })));
  const shown = all.slice(0, METRICS_MEMBERS_MAX);
  const gauges = memberGauges.map(
    ({ name, help, value }): Fill =>
      (registry) => {
        const gauge = new Gauge({ name, help, labelNames: ["pool", "member", "address"], registers: [registry] });
        for (const { pool, member } of shown) {
          const found = value(member);
          if (found !== null) gauge.set({ pool, member: member.label, address: member.address }, found);
        }
      },
  );
  const opinions: Fill = (registry) => {
    const labelNames = ["pool", "member", "address", "from"];
    const help = "What a vantage point finds: 0 down, 1 up, 2 flapping, 3 unproven, -1 it does not vote at present";
    const gauge = new Gauge({ name: "muster_member_opinion", help, labelNames, registers: [registry] });
    for (const { pool, member } of shown) {
      const { address, label } = member;
      for (const { from, health, vote } of member.opinions ?? [])
        gauge.set({ pool, member: label, address, from }, vote === "votes" ? healthNumbers[health] : -1);
    }
  };
  const diagnoses: Fill = (registry) => addMemberDiagnoses(registry, shown);
  const left: Fill = (registry) => {
    const help = "Members that got no series of their own, because there are too many";
    new Gauge({ name: "muster_members_without_series", help, registers: [registry] }).set(all.length - shown.length);
  };
  return [...gauges, opinions, diagnoses, left];
}

/** Names that the other sections use. */
const ownNames = /^muster_(?:member|members|diagnosis|agent|pool|zone|nameserver|outlet|places|info|ready|start)_?/;

/** `dnsQueries` becomes `muster_dns_queries`. What ends in `_total` is a counter, the rest are gauges. */
function addCounters(registry: Registry, counters: Readonly<Record<string, number>>): void {
  for (const [given, value] of Object.entries(counters)) {
    const name = metricName(given);
    const help = `The controller's own count of ${given}`;
    if (ownNames.test(name) || registry.getSingleMetric(name) !== undefined) continue;
    if (name.endsWith("_total")) new Counter({ name, help, registers: [registry] }).inc(Math.max(0, value));
    else new Gauge({ name, help, registers: [registry] }).set(value);
  }
}

function metricName(given: string): string {
  const snake = given
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_");
  return snake.startsWith("muster_") ? snake : `muster_${snake}`;
}
