import { describe, expect, test } from "vitest";
import { makeStatus } from "../../test/fakes/page-scenes.ts";
import { makeLate, makeNameserver, makeOutlet, makePublished } from "../../test/fakes/publishing-scenes.ts";
import { writeHeadline } from "./headline.ts";
import { groupPlaces, sumNameservers, sumRest, tellLate, type ZonePlaces } from "./publishing.ts";

const at = 1_793_232_240_000;

function firstGroup(status: Parameters<typeof groupPlaces>[0]): ZonePlaces {
  const [group] = groupPlaces(status);
  if (group === undefined) throw new Error("no zone");
  return group;
}

const tight = "\u00a0";

describe("a zone in one line", () => {
  test("all in step: how many, the serial, and when the last of them had the newest change", () => {
    const group = firstGroup(makePublished(at));
    expect(sumNameservers(group)).toBe("All 4 nameservers serve serial 1793232000");
    expect(sumRest(group)).toEqual([`Last change seen everywhere in 84${tight}ms`, "2 outlets hold it"]);
  });

  test("some are not: how many are, and nothing about everywhere", () => {
    const group = firstGroup(makeLate(at));
    expect(sumNameservers(group)).toBe("1 of 4 nameservers serves serial 1793232000");
    expect(sumRest(group)).toEqual(["1 of 2 outlets holds it", "No address is known of ns3.example.org"]);
  });

  test("muster alone, a pair, and nobody", () => {
    const lone = { ...makeStatus(at), nameservers: [makeNameserver(at, { name: "embedded" })] };
    expect(sumNameservers(firstGroup(lone))).toBe("muster itself serves serial 1793232000");
    const pair = { ...lone, nameservers: [makeNameserver(at), makeNameserver(at, { endpoint: "192.0.2.54:53" })] };
    expect(sumNameservers(firstGroup(pair))).toBe("Both nameservers serve serial 1793232000");
    expect(sumNameservers(firstGroup(makeStatus(at)))).toBe("Serial 1793232000");
  });
});

test("the worst comes first, in zones and in rows; a zone that only secondaries know is there too", () => {
  const late = makeLate(at);
  const catalog = makeNameserver(at, { zone: "catalog.example", state: "unreachable", trouble: true });
  const groups = groupPlaces({ ...late, nameservers: [...late.nameservers, catalog] });
  expect(groups.map(({ origin }) => origin)).toEqual(["demo.example", "catalog.example"]);
  const states = groups[0]?.places.map(({ state }) => state);
  expect(states).toEqual(["unreachable", "refused", "different", "behind", "unknown", "in-step", "in-step"]);
});

describe("what the top line says", () => {
  const said = (
    nameservers: Parameters<typeof makeNameserver>[1][],
    outlets: Parameters<typeof makeOutlet>[1][] = [],
  ) =>
    tellLate({
      ...makeStatus(at),
      nameservers: nameservers.map((given) => makeNameserver(at, given)),
      outlets: outlets.map((given) => makeOutlet(at, given)),
    });

  test.each([
    ["nothing while all is well", [{}], [], []],
    ["nothing while a change is on its way", [{ state: "behind" }], [{ state: "behind", since: at }], []],
    ["nothing of a name without an address", [{ state: "unknown", endpoint: "" }], [], []],
    ["one by its name", [{ state: "lame", trouble: true }], [], ["demo.example: ns1.example.net is lame"]],
    ["an outlet by its place", [], [{ state: "refused" }], ["demo.example: update 192.0.2.53:53 refuses"]],
    [
      "several by number",
      [
        { state: "lame", trouble: true },
        { state: "behind", trouble: true, name: "secondary" },
      ],
      [{ state: "behind", since: at - 60_000 }],
      [
        "demo.example: 2 nameservers and 1 outlet are out of step: ns1.example.net, secondary 192.0.2.53:53 and update 192.0.2.53:53",
      ],
    ],
  ] as const)("%s", (_name, nameservers, outlets, expected) => {
    expect(said([...nameservers] as never, [...outlets] as never)).toEqual(expected);
  });

  test("it is loud", () => {
    expect(writeHeadline(makeLate(at))).toMatchObject({ tone: "bad", mark: "down" });
    expect(writeHeadline(makePublished(at))).toMatchObject({ tone: "calm" });
  });

  test("many zones are counted", () => {
    const zones = ["a.example", "b.example", "c.example"];
    expect(said(zones.map((zone) => ({ zone, state: "lame" as const, trouble: true })))).toEqual([
      "Nameservers are out of step in 3 zones: a.example, b.example and c.example",
    ]);
  });
});
