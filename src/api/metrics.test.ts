/** Metrics as Prometheus reads them. */
import { expect, test } from "vitest";
import { createFakeOperator } from "../../test/fakes/operator.ts";
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

test("the number of series is bounded", async () => {
  const operator = createFakeOperator(METRICS_MEMBERS_MAX);
  const { text } = await renderMetrics(operator.status(), {});
  const lines = text.split("\n");
  expect(lines.filter((line) => line.startsWith("muster_member_health{"))).toHaveLength(METRICS_MEMBERS_MAX);
  expect(lines).toContain("muster_members_without_series 5");
});
