import { describe, expect, test } from "vitest";
import {
  downMember,
  drainedMember,
  makeCrowd,
  makeHands,
  makeStatus,
  makeView,
  suspectedMember,
} from "../../test/fakes/page-scenes.ts";
import { wall } from "../../src/base/time.ts";
import { writeHeadline } from "./headline.ts";

const at = 1_700_000_000_000;
const down = downMember(at, 60_000);

describe("the top line", () => {
  test("all up", () => {
    expect(writeHeadline(makeStatus(at))).toEqual({
      tone: "calm",
      mark: "up",
      sentence: "All 5 members of 2 pools are up",
      details: [],
    });
  });

  test("one down", () => {
    const line = writeHeadline(makeStatus(at, { web2: down }));
    expect(line.tone).toBe("bad");
    expect(line.sentence).toBe("www.demo.example: 1 of 3 members is down");
  });

  test("a last resort outranks a member that is down", () => {
    const line = writeHeadline(makeStatus(at, { web1: down, web2: down, web3: down, "db-standby": down }));
    expect(line.tone).toBe("alarm");
    expect(line.sentence).toBe("www.demo.example: no member is fit, the last resort is served");
    expect(line.details).toEqual(["db.demo.example: 1 of 2 members is down"]);
  });

  test("decisions that cannot be saved are an alarm", () => {
    const line = writeHeadline({ ...makeStatus(at), unsaved: "the disk is full" });
    expect([line.tone, line.sentence]).toEqual(["alarm", "Decisions cannot be saved: the disk is full"]);
  });

  test("suspicion and overrides are notices, and nothing is down", () => {
    const line = writeHeadline(makeStatus(at, { web2: suspectedMember(at), "db-standby": drainedMember(at, 0) }));
    expect(line).toMatchObject({ tone: "notice", mark: "suspected" });
    expect(line.sentence).toBe("web2 is suspected, confirming probes are running");
    expect(line.details).toEqual(["db-standby is drained", "No member is down"]);
  });

  test("a drained member that is down is nobody's alarm", () => {
    const line = writeHeadline(makeStatus(at, { web2: { ...down, ...drainedMember(at, 0) } }));
    expect(line.sentence).toBe("web2 is drained");
  });

  test("flapping is called so", () => {
    const line = writeHeadline(makeStatus(at, { web2: { health: "flapping" } }));
    expect(line.sentence).toBe("www.demo.example: 1 of 3 members is flapping");
  });

  test("a zone in trouble is told", () => {
    const status = makeStatus(at);
    const zones = status.zones.map((zone) => ({ ...zone, trouble: "line 7: no such type" }));
    expect(writeHeadline({ ...status, zones }).sentence).toBe("Zone demo.example: line 7: no such type");
  });

  test("nothing configured", () => {
    expect(writeHeadline(makeView(at, [])).sentence).toBe("1 zone served, no pools yet");
    expect(writeHeadline({ ...makeView(at, []), zones: [] }).sentence).toBe("Nothing is configured yet");
  });

  test("a crowd stays one sentence", () => {
    expect(writeHeadline(makeCrowd(at)).sentence).toBe("cdn.demo.example: 4 of 1,000 members are down");
  });
});

test("the brake and a sick checker come first; vantage points that disagree and watchers that do not vote are named", () => {
  const { details, sentence, tone } = writeHeadline(makeHands(at));
  expect([tone, sentence]).toEqual(["alarm", "The brake holds: db-main fails and stays until you release it"]);
  expect(details).toContain("web1 is up from fra and nyc, down from self: route, not server");
  expect(details).toContain("osl (late) does not vote");
  const sick = { sickSince: wall(at), brakingSince: null, references: [] };
  expect(writeHeadline({ ...makeStatus(at), guard: sick }).sentence).toContain("the checker itself is cut off");
});

test("a machine in several pools is named once", () => {
  const [out, back] = [drainedMember(at, 0), makeStatus(at)];
  const pools = back.pools.map((pool) => ({
    ...pool,
    members: pool.members.map((m) => ({ ...m, ...out, label: "a" })),
  }));
  expect(writeHeadline({ ...back, pools }).sentence).toBe("a is drained");
});
