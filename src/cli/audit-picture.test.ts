/** What people read of an audit; the rest is in `test/e2e/audit.test.ts`. */
import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import type { AuditReport } from "../core/audit-report.ts";
import { drawAudit } from "./audit-picture.ts";

const report: AuditReport = {
  zone: "example.org",
  at: wall(0),
  serial: 7,
  from: "the controller",
  compared: { sets: 50, leftOut: 3 },
  rows: [],
  findings: [],
};

function drawn(change: Partial<AuditReport>): string {
  return drawAudit({ ...report, ...change }, { paint: (_colour, text) => text, width: 100 }).join("\n");
}

test("M12 what was not compared is told with why: too much, or nobody says what is right", () => {
  expect(drawn({})).toContain("3 of 53 sets of records were not compared: too many");
  const nobody = drawn({ serial: null, from: "nobody", compared: { sets: 0, leftOut: 1 } });
  expect(nobody).toContain("no records were compared: no nameserver says what is right");
  expect(nobody).not.toContain("too many");
});

test("a host with two addresses is one nameserver, two secondaries without names are two", () => {
  const row = { transport: "udp", state: "in-step", serial: 7, lagSeconds: 0, recursion: false, edns: true } as const;
  const at = (name: string, address: string) => ({ ...row, name, endpoint: { address, port: 53 }, faults: [] });
  const rows = [
    at("ns1.example.net", "192.0.2.53"),
    at("ns1.example.net", "2001:db8::53"),
    at("secondary", "198.51.100.53"),
    at("secondary", "198.51.100.54"),
  ];
  expect(drawn({ rows })).toContain(", 3 nameservers: all well");
});
