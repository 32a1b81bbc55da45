/** Metrics as Prometheus reads them. */
import { expect, test } from "vitest";
import { createFakeOperator } from "../../test/fakes/operator.ts";
import { makeNameserver, makeOutlet } from "../../test/fakes/publishing-scenes.ts";
import { METRICS_MEMBERS_MAX, renderMetrics } from "./metrics.ts";

test("members, pools and the controller's own counts", async () => {
  const operator = createFakeOperator();
  operator.setHealth("web2", "down", "closed");
  const { text, contentType } = await renderMetrics(operator.status(), await operator.counters());
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  for (const line of [
    'muster_member_health{pool="www.example.org",member="web1",address="192.0.2.10"} 1',
    'muster_member_health{pool="www.example.org",member="web2",address="192.0.2.11"} 0',
    'muster_member_answering{pool="www.example.org",member="web2",address="192.0.2.11"} 0',
    'muster_member_suspected{pool="db.example.org",member="db1",address="192.0.2.20"} 0',
    'muster_member_restored{pool="db.example.org",member="db1",address="192.0.2.20"} 0',
    'muster_pool_answers{pool="www.example.org"} 2',
    'muster_pool_last_resort{pool="www.example.org"} 0',
    'muster_zone_serial{zone="example.org"} 1893553445',
    "muster_ready 1",
    "# TYPE muster_dns_queries_total counter",
    "muster_dns_queries_total 12",
    "# TYPE muster_cache_entries gauge",
    "muster_cache_entries 3",
  ])
    expect(text.split("\n")).toContain(line);
});

test("nameservers and outlets: in step or not, how far behind, and how long changes took", async () => {
  const operator = createFakeOperator();
  const at = operator.nowMs;
  const where = { zone: "example.org", name: 'ns"1"', endpoint: "[2001:db8::53]:53" };
  operator.publishing = {
    nameservers: [
      makeNameserver(at, { ...where, state: "behind", trouble: true, serial: 7, lagSeconds: 12.5 }),
      makeNameserver(at, {
        zone: "example.org",
        name: "ns2.example.net",
        endpoint: "",
        serial: null,
        state: "unknown",
      }),
    ],
    outlets: [makeOutlet(at, { zone: "example.org" })],
  };
  const lines = (await renderMetrics(operator.status(), {})).text.split("\n");
  const labels = 'zone="example.org",nameserver="ns\\"1\\"",endpoint="[2001:db8::53]:53"';
  for (const line of [
    `muster_nameserver_in_step{${labels}} 0`,
    `muster_nameserver_trouble{${labels}} 1`,
    `muster_nameserver_serial{${labels}} 7`,
    `muster_nameserver_lag_seconds{${labels}} 12.5`,
    "# TYPE muster_nameserver_delay_seconds histogram",
    `muster_nameserver_delay_seconds_bucket{le="0.005",${labels}} 0`,
    `muster_nameserver_delay_seconds_bucket{le="0.05",${labels}} 42`,
    `muster_nameserver_delay_seconds_bucket{le="+Inf",${labels}} 58`,
    `muster_nameserver_delay_seconds_count{${labels}} 58`,
    'muster_outlet_in_step{zone="example.org",outlet="update 192.0.2.53:53"} 1',
    "muster_places_without_series 0",
  ])
    expect(lines).toContain(line);
  expect(lines.filter((line) => line.startsWith("muster_nameserver_serial{"))).toHaveLength(1);
});

test("T1 what is broken: which members, how many of each name, and what several have in common", async () => {
  const operator = createFakeOperator();
  const before = operator.status();
  const diagnosis = { rule: "diagnosis/host-down", name: "host down", sentence: "host down: nothing answers" };
  const pools = before.pools.map((pool) => ({
    ...pool,
    members: pool.members.map((member) => (member.label === "web2" ? { ...member, diagnosis } : member)),
  }));
  const lost = {
    rule: "diagnosis/switch",
    name: "switch or uplink lost",
    sentence: "switch or uplink lost: 2 members",
  };
  const diagnoses = [{ ...lost, subject: "192.0.2.0/24", since: before.at, members: 2 }];
  const lines = (await renderMetrics({ ...before, pools, diagnoses }, {})).text.split("\n");
  expect(lines.filter((line) => line.startsWith("muster_member_diagnosis{"))).toEqual([
    'muster_member_diagnosis{pool="www.example.org",member="web2",address="192.0.2.11",diagnosis="host down"} 1',
  ]);
  expect(lines).toContain('muster_diagnosis{diagnosis="switch or uplink lost",subject="192.0.2.0/24"} 1');
  expect(lines).toContain('muster_members_diagnosed{diagnosis="host down"} 1');
  expect(lines).toContain('muster_members_diagnosed{diagnosis="mount hung"} 0');
});

test("the number of series is bounded", async () => {
  const operator = createFakeOperator(METRICS_MEMBERS_MAX);
  const { text } = await renderMetrics(operator.status(), {});
  const lines = text.split("\n");
  expect(lines.filter((line) => line.startsWith("muster_member_health{"))).toHaveLength(METRICS_MEMBERS_MAX);
  expect(lines).toContain("muster_members_without_series 5");
});
