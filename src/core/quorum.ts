/**
 * Opinions of several vantage points about one target, and what they decide together. A server that is down is down
 * from everywhere; one that fails from one place only has a broken route, and leaving it in the answers harms fewer
 * people than taking it out.
 *
 * | of those that vote            | health up         | health down or unproven          |
 * |-------------------------------|-------------------|----------------------------------|
 * | `needed` say down             | down              | down                             |
 * | enough vote, fewer say down   | up                | up                               |
 * | too few vote for the quorum   | stays up (frozen) | up if all say up; else it stays  |
 *
 * `majority` is more than half of all that are configured to vote, not of those that happen to be heard: a controller
 * that hears nobody any more must not become a majority of one.
 */
import type { Wall } from "../base/time.ts";
import type { FaultCode } from "./fault.ts";
import type { Health, Quorum } from "./model.ts";

/** Why an opinion counts or not. `listens`: configured not to vote. */
export type Vote = "votes" | "late" | "sick" | "unproven" | "listens";

export interface Opinion {
  readonly from: string;
  readonly health: Health;
  readonly reason: string;
  readonly fault: FaultCode | null;
  readonly since: Wall;
  readonly vote: Vote;
}

export interface Tally {
  /** `keep`: nothing changes. */
  readonly verdict: "up" | "down" | "keep";
  readonly rule: "quorum/down" | "quorum/up" | "quorum/disagree" | "quorum/frozen" | "quorum/waiting";
  readonly sentence: string;
}

/** How many must say down: one at least, even where nobody votes. */
export function votesNeeded(quorum: Quorum, seats: number): number {
  if (quorum === "any") return 1;
  return quorum === "majority" ? Math.floor(seats / 2) + 1 : Math.max(1, Math.min(quorum, seats));
}

export function countVotes(opinions: readonly Opinion[], quorum: Quorum, health: Health): Tally {
  const seats = opinions.filter(({ vote }) => vote !== "listens").length;
  const voters = opinions.filter(({ vote }) => vote === "votes");
  const ups = voters.filter((opinion) => opinion.health === "up");
  const downs = voters.filter((opinion) => opinion.health === "down");
  const needed = votesNeeded(quorum, seats);
  if (downs.length >= needed) return { verdict: "down", rule: "quorum/down", sentence: sayDown(downs, ups) };
  if (voters.length < needed) return countFew(health, { ups, downs, needed });
  if (downs.length === 0) return { verdict: "up", rule: "quorum/up", sentence: `up from ${names(ups)}` };
  const sentence = `up from ${names(ups)}, down from ${names(downs)} (${reasonOf(downs)}): route, not server`;
  return { verdict: "up", rule: "quorum/disagree", sentence };
}

/** Nobody is removed; whoever is not in the answers comes in when all that can be heard agree. */
function countFew(health: Health, heard: { ups: Opinion[]; downs: Opinion[]; needed: number }): Tally {
  const { downs, needed, ups } = heard;
  const count = ups.length + downs.length;
  const few = `${count === 0 ? "nobody votes" : `only ${count} vote`} where ${needed} must agree`;
  if (downs.length > 0 && ups.length === 0 && health === "unproven")
    return { verdict: "down", rule: "quorum/down", sentence: sayDown(downs, ups) };
  if (downs.length === 0 && ups.length > 0)
    return { verdict: "up", rule: "quorum/up", sentence: `up from ${names(ups)}` };
  if (downs.length === 0) return { verdict: "keep", rule: "quorum/waiting", sentence: few };
  const sentence = `down from ${names(downs)} (${reasonOf(downs)}), but ${few}: frozen, and not removed`;
  return { verdict: "keep", rule: "quorum/frozen", sentence };
}

function sayDown(downs: readonly Opinion[], ups: readonly Opinion[]): string {
  const rest = ups.length === 0 ? "" : `, up from ${names(ups)}`;
  return `down from ${names(downs)} (${reasonOf(downs)})${rest}`;
}

function reasonOf([first]: readonly Opinion[]): string {
  return first?.reason ?? "";
}

function names(opinions: readonly Opinion[]): string {
  return opinions.map(({ from }) => from).join(", ");
}
