import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { downMember, makeMember, makePool, makeView } from "../../test/fakes/page-scenes.ts";
import { drawGuard } from "./guard-picture.ts";

const at = Date.UTC(2030, 0, 1);
const plain = (_colour: string, text: string): string => text;
const watcher = {
  votes: true,
  state: "well",
  heardAt: wall(at - 400),
  reason: "it is heard",
  targets: 4,
  differs: 0,
} as const;

test("nothing is said while nothing holds anybody back and nobody else looks", () => {
  expect(drawGuard(makeView(at, []), plain)).toEqual([]);
});

test("a sick checker, the brake with whom it holds, and watchers that do not vote or see otherwise", () => {
  const held = { ...downMember(at, 9000), heldBack: "brake" } as const;
  const members = ["web1", "web2"].map((label) =>
    makeMember("a.example", { label, address: "192.0.2.1", ...held }, at),
  );
  const reference = {
    address: "192.0.2.53",
    check: "tcp",
    targetId: "192.0.2.53 tcp #0",
    health: "down",
    since: wall(at),
    reason: "refused",
  } as const;
  const view = {
    ...makeView(at, [makePool("a.example", at, members)]),
    guard: { sickSince: wall(at - 5000), brakingSince: wall(at - 9000), references: [reference] },
    watchers: [
      { ...watcher, name: "fra" } as const,
      { ...watcher, name: "lab", votes: false } as const,
      {
        ...watcher,
        name: "nyc",
        state: "late",
        heardAt: wall(at - 12_000),
        reason: "no sign of life in time",
      } as const,
      { ...watcher, name: "osl", state: "silent", heardAt: null, reason: "nothing was heard" } as const,
      { ...watcher, name: "sin", differs: 1 } as const,
    ],
  };
  expect(drawGuard(view, plain)).toEqual([
    "the checker is sick for 5s: none of 1 references answers, and nothing is removed",
    "the brake holds web1, web2 for 9s: they fail and stay; `muster brake release` lets them go",
    "watcher nyc is late: no sign of life in time, last heard 12s ago",
    "watcher osl is silent: nothing was heard, never heard",
    "watcher sin finds 1 of 4 targets otherwise",
    "watchers that are heard: fra, lab (only listens)",
  ]);
});
