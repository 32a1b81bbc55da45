/** The lines about nameservers and outlets in `muster status`, and when they make it fail. */
import { expect, test } from "vitest";
import { createFakeOperator, fakeStartMs } from "../../test/fakes/operator.ts";
import { makeNameserver, makeOutlet } from "../../test/fakes/publishing-scenes.ts";
import type { NameserverView, OutletView, StatusView } from "../core/view.ts";
import { drawStatus, isHealthy } from "./picture.ts";

const plain = { paint: (_: unknown, text: string) => text, width: 120 };

function statusWith(nameservers: readonly Partial<NameserverView>[], outlets: readonly Partial<OutletView>[] = []) {
  const operator = createFakeOperator();
  const zone = "example.org";
  operator.publishing = {
    nameservers: nameservers.map((given) => makeNameserver(fakeStartMs, { zone, ...given })),
    outlets: outlets.map((given) => makeOutlet(fakeStartMs, { zone, ...given })),
  };
  return operator.status();
}

/** What stands between the head and the first pool. */
function told(status: StatusView): readonly string[] {
  const lines = drawStatus(status, plain);
  return lines.slice(2, lines.indexOf(""));
}

test("what a probe took is two digits, or whole milliseconds", () => {
  const status = statusWith([]);
  const pools = status.pools.map((pool, at) => ({
    ...pool,
    members: pool.members.map((member) => ({ ...member, responseMs: at === 0 ? 117.4 : 0.123 })),
  }));
  const lines = drawStatus({ ...status, pools }, plain);
  expect(lines.find((line) => line.includes("web1"))).toContain("  117 ms  ");
  expect(lines.find((line) => line.includes("db1"))).toContain("  0.12 ms  ");
});

test("nobody is watched: nothing is said", () => {
  expect(told(statusWith([]))).toEqual([]);
});

test("all in step: one line", () => {
  const status = statusWith([{}, {}], [{}]);
  expect(told(status)).toEqual(["2 nameservers serve and 1 outlet holds what was decided"]);
  expect(isHealthy(status)).toBe(true);
});

test("a change on its way is shown, and is no fault", () => {
  const status = statusWith([{}, { state: "behind", trouble: false, reason: "serves serial 1, and 2 is published" }]);
  expect(told(status)[0]).toBe("1 of 2 nameservers serve what was decided");
  expect(told(status)[2]).toMatch(/behind .* serves serial 1, and 2 is published$/);
  expect(isHealthy(status)).toBe(true);
});

test("a name without an address is told, and is no fault", () => {
  const status = statusWith([{}, { state: "unknown", name: "ns3.example.org", endpoint: "", reason: "no such name" }]);
  expect(told(status)).toEqual(["1 nameserver serves what was decided", "no address is known of ns3.example.org"]);
  expect(isHealthy(status)).toBe(true);
});

test("no name has an address: only that is told", () => {
  const status = statusWith([{ state: "unknown", name: "ns3.example.org", endpoint: "", reason: "no such name" }]);
  expect(told(status)).toEqual(["no address is known of ns3.example.org"]);
});

test.each([
  ["late", [{ state: "behind", trouble: true }], []],
  ["silent", [{ state: "unreachable", trouble: true }], []],
  ["a file that cannot be written", [], [{ state: "refused" }]],
  ["an outlet that is behind for a minute", [], [{ state: "behind", since: (fakeStartMs - 60_000) as never }]],
] as const)("out of step for too long: %s", (_name, nameservers, outlets) => {
  const status = statusWith(nameservers, outlets);
  expect(isHealthy(status)).toBe(false);
  expect(told(status)).toHaveLength(3);
});

test.each([120, 80, 60, 40])("the lines fit a terminal of %i columns", (width) => {
  const reason = "no answer to three datagrams, and the connection was refused by a machine between";
  const status = statusWith([{ state: "unreachable", trouble: true, reason }]);
  for (const line of drawStatus(status, { ...plain, width })) expect(line.length, line).toBeLessThanOrEqual(width);
});
