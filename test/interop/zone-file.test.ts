/**
 * Zone files against the programs of other houses: BIND's named-checkzone (packages bind9, bind9-utils), Knot's
 * kzonecheck (knot-dnssecutils) and nsd-checkzone (nsd). BIND must accept what we accept and understand the same by it;
 * what we write must say the same as what we read, and Knot and NSD must take it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fail, ok } from "../../src/base/result.ts";
import { textName } from "../../src/dns/name.ts";
import { faultText } from "../../src/dns/zone-file/fault.ts";
import { zoneText } from "../../src/dns/zone-file/write.ts";
import { loadZone } from "../../src/dns/zone-load.ts";
import { type ZoneCase, zoneCases } from "./zone-cases.ts";
import { zoneErrorCases } from "./zone-error-cases.ts";

const origin = textName("example.org.");
const runTimeoutMs = 20_000;
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zone-file-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly accepted: boolean;
  readonly stdout: string;
  readonly said: string;
}

/** Runs a checker. A program that is missing fails the test. */
function run(program: string, args: readonly string[]): Run {
  const done = spawnSync(program, args, { cwd: folder, encoding: "latin1", timeout: runTimeoutMs });
  if (done.error !== undefined)
    throw new Error(`${program} did not run; is its Debian package installed?`, { cause: done.error });
  return { accepted: done.status === 0, stdout: done.stdout, said: `${done.stdout}${done.stderr}` };
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, "latin1");
  return path;
}

/** BIND's own canonical text of a file. `-i local`: names outside the zone are not looked up. */
function dump(path: string): Run {
  return run("named-checkzone", ["-i", "local", "-D", "example.org", path]);
}

function load(zone: ZoneCase): ReturnType<typeof loadZone> {
  const included = new Map(Object.entries(zone.included ?? {}));
  const readIncluded = (path: string) => {
    const text = included.get(path);
    return text === undefined ? fail("no such file") : ok(text);
  };
  return loadZone({ origin, text: zone.text, file: "example.zone", readIncluded });
}

const accepted = zoneCases.filter((zone) => !zone.refused && zone.differs === undefined);

describe("named-checkzone has the same verdict", () => {
  test.each([...zoneCases, ...zoneErrorCases])("$title", (zone) => {
    for (const [name, text] of Object.entries(zone.included ?? {})) write(name, text);
    const theirs = dump(write("verdict.zone", zone.text));
    const ours = load(zone);
    expect(theirs.accepted, theirs.said).toBe(!zone.refused);
    const said = ours.ok ? "accepted" : ours.error.map(faultText).join("\n");
    expect(ours.ok, said).toBe(zone.differs === undefined ? !zone.refused : zone.refused);
  });
});

describe("M13 what is written says what was read", () => {
  test.each(accepted)("$title", (zone) => {
    for (const [name, text] of Object.entries(zone.included ?? {})) write(name, text);
    const ours = load(zone);
    if (!ours.ok) throw new Error(ours.error.map(faultText).join("\n"));
    const text = zoneText(origin, ours.value.zone.rrsets);
    const written = dump(write("written.zone", text));
    expect(written.accepted, written.said).toBe(true);
    expect(written.stdout).toBe(dump(write("direct.zone", zone.text)).stdout);
  });
});

describe("M13 Knot and NSD take what is written", () => {
  test.each(accepted)("$title", (zone) => {
    const ours = load(zone);
    if (!ours.ok) throw new Error(ours.error.map(faultText).join("\n"));
    const path = write("others.zone", zoneText(origin, ours.value.zone.rrsets));
    const knot = run("kzonecheck", ["-o", "example.org", path]);
    expect(knot.accepted, knot.said).toBe(zone.knotRefuses === undefined);
    const nsd = run("/usr/sbin/nsd-checkzone", ["example.org", path]);
    expect(nsd.accepted, nsd.said).toBe(zone.nsdRefuses === undefined);
  });
});
