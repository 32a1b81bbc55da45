/**
 * How many vantage points must say down, wherever a quorum may stand, judged against how many there are. A quorum that can never be reached would keep a dead member in the answers for ever.
 */
import type { Quorum, WatchConfig } from "../core/model.ts";
import { type Build, hasProblemBelow, isMap, problem, warning } from "./build.ts";
import type { CheckLayer } from "./build-checks.ts";
import { quorumOfPattern } from "./quorum-text.ts";
import type { Path } from "./problem.ts";

/** Every quorum of the file, against those who vote. */
export function judgeQuorums(build: Build, raw: Readonly<Record<string, unknown>>, watch: WatchConfig | null): void {
  if (hasProblemBelow(build, ["watch"]) || hasProblemBelow(build, ["watchers"])) return;
  const watchers = watch?.watchers.filter(({ votes }) => votes).length ?? 0;
  const seats = watchers + (watch?.selfVotes === false ? 0 : 1);
  for (const [path, value] of quorumsOf(raw)) {
    if (hasProblemBelow(build, path)) continue;
    if (typeof value === "number" && value > seats) reportMany(build, path, { needed: value, seats });
    const all = typeof value === "string" ? Number(quorumOfPattern.exec(value)?.[2] ?? seats) : seats;
    if (all !== seats) reportOther(build, path, { all, seats, who: whoVotes(watch) });
  }
}

function reportMany(build: Build, path: Path, { needed, seats }: { needed: number; seats: number }): void {
  const sentence = `quorum ${needed} asks for more than vote: ${votes(seats)}, so that all of them must agree`;
  warning(build, path, { expected: `at most ${seats}, or majority`, sentence });
}

function reportOther(build: Build, path: Path, found: { all: number; seats: number; who: string }): void {
  const { all, seats, who } = found;
  const sentence = `the quorum counts on ${all} vantage points that vote, and here ${votes(seats)}: ${who}`;
  problem(build, path, {
    expected: `a number of ${seats}, such as "${Math.floor(seats / 2) + 1} of ${seats}"`,
    sentence,
  });
}

function votes(seats: number): string {
  return seats === 1 ? "1 votes" : `${seats} vote`;
}

function whoVotes(watch: WatchConfig | null): string {
  const watchers = watch?.watchers.filter((watcher) => watcher.votes).map(({ name }) => name) ?? [];
  return [...(watch?.selfVotes === false ? [] : ["the controller"]), ...watchers].join(", ");
}

/** In `defaults`, in named checks, in pools, in their checks and in those of their members. */
function quorumsOf(raw: Readonly<Record<string, unknown>>): readonly (readonly [Path, unknown])[] {
  const holders: (readonly [Path, unknown])[] = [[["defaults"], raw["defaults"]]];
  for (const [name, check] of entriesOf(raw["checks"])) holders.push([["checks", name], check]);
  for (const [name, pool] of entriesOf(raw["pools"])) {
    holders.push([["pools", name], pool], [["pools", name, "check"], at(pool, "check")]);
    const members = at(pool, "members");
    if (!Array.isArray(members)) continue;
    members.forEach((member, index) => {
      if (isMap(member)) holders.push([["pools", name, "members", index, "check"], at(member, "check")]);
    });
  }
  return holders.flatMap(([path, holder]) => {
    const value = at(holder, "quorum");
    return value === undefined ? [] : [[[...path, "quorum"], value] as const];
  });
}

function entriesOf(value: unknown): readonly [string, unknown][] {
  return isMap(value) ? Object.entries(value) : [];
}

function at(holder: unknown, key: string): unknown {
  return isMap(holder) ? holder[key] : undefined;
}

/** A pool's own word on it, over what its check says. */
export function layQuorum(layer: CheckLayer | null | undefined, quorum: Quorum | undefined): typeof layer {
  if (quorum === undefined || layer === null) return layer;
  return { probe: layer?.probe ?? null, pace: { ...layer?.pace, quorum } };
}
