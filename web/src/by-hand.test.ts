import { expect, test } from "vitest";
import { makeHands, makeStatus } from "../../test/fakes/page-scenes.ts";
import { wall } from "../../src/base/time.ts";
import { listByHand } from "./by-hand.ts";

const at = Date.UTC(2030, 0, 1);

test("nothing is set and nothing waits", () => {
  expect(listByHand(makeStatus(at))).toEqual([]);
});

test("everything that is set by hand, who waits for a person first, each with its end", () => {
  const lines = listByHand(makeHands(at)).map(({ ending, owner, what, word }) => [word, what, owner, ending.kind]);
  expect(lines).toEqual([
    ["held back", "db-main", null, "brake"],
    ["pinned", "db.demo.example to 192.0.2.20", "ann", "unpin"],
    ["drained", "web2 of www.demo.example", "ops", "enable"],
    ["held for flapping", "web3 of www.demo.example", null, "release"],
    ["in maintenance", "disk: www.demo.example", "bob", "end"],
    ["comes again", "nightly: web2, daily 03:00 UTC", null, "end"],
    ["comes again", "backups: web3, Sun 02:00 Europe/Berlin, until 1 Apr, 00:00", "eve", "end"],
  ]);
});

test("a member that a window keeps out is told by the window alone, and a failback says until when it waits", () => {
  const status = makeStatus(at);
  const override = {
    kind: "maintenance",
    owner: "bob",
    reason: "disk",
    setAt: wall(at),
    expiresAt: wall(at + 9),
  } as const;
  const out = { ...override, safeToStopAt: wall(at), waitsFor: [], answeredBecause: null };
  const pools = status.pools.map((pool) => ({
    ...pool,
    members: pool.members.map((member) => ({ ...member, override: out })),
    answer: pool.policy === "priority" ? { ...pool.answer, failbackAt: wall(at + 60_000) } : pool.answer,
  }));
  const entries = listByHand({ ...status, pools });
  expect(entries.map(({ until, word }) => [word, until])).toEqual([["waits to fail back", at + 60_000]]);
});
