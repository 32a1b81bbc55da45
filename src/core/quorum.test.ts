import fc from "fast-check";
import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import type { Health, Quorum } from "./model.ts";
import { countVotes, type Opinion, type Vote, votesNeeded } from "./quorum.ts";

/** `+` up, `-` down, `l` late, `s` sick, `?` unproven, `o` down, but it only listens. */
function opinionsOf(text: string): Opinion[] {
  const votes: Record<string, Vote> = { l: "late", s: "sick", "?": "unproven", o: "listens" };
  return text.split("").map((mark, index) => ({
    from: ["self", "fra", "nyc", "sin", "gru"][index] ?? String(index),
    health: mark === "+" ? "up" : "down",
    reason: "timed out",
    fault: null,
    since: wall(0),
    vote: votes[mark] ?? "votes",
  }));
}

test.each<[string, Quorum, Health, string, string]>([
  ["+++", "majority", "up", "up", "up from self, fra, nyc"],
  ["+-+", "majority", "up", "up", "up from self, nyc, down from fra (timed out): route, not server"],
  ["-++", "majority", "up", "up", "up from fra, nyc, down from self (timed out): route, not server"],
  ["--+", "majority", "up", "down", "down from self, fra (timed out), up from nyc"],
  ["---", "majority", "up", "down", "down from self, fra, nyc (timed out)"],
  ["-l-", "majority", "up", "down", "down from self, nyc (timed out)"],
  [
    "-ll",
    "majority",
    "up",
    "keep",
    "down from self (timed out), but only 1 vote where 2 must agree: frozen, and not removed",
  ],
  [
    "-ss",
    "majority",
    "up",
    "keep",
    "down from self (timed out), but only 1 vote where 2 must agree: frozen, and not removed",
  ],
  ["lll", "majority", "up", "keep", "nobody votes where 2 must agree"],
  ["+ll", "majority", "down", "up", "up from self"],
  ["+??", "majority", "unproven", "up", "up from self"],
  ["-??", "majority", "unproven", "down", "down from self (timed out)"],
  ["-++", "any", "up", "down", "down from self (timed out), up from fra, nyc"],
  ["--+", 3, "up", "up", "up from nyc, down from self, fra (timed out): route, not server"],
  ["---", 3, "up", "down", "down from self, fra, nyc (timed out)"],
  [
    "--l",
    3,
    "up",
    "keep",
    "down from self, fra (timed out), but only 2 vote where 3 must agree: frozen, and not removed",
  ],
  ["+oo", "majority", "up", "up", "up from self"],
  ["-oo", "majority", "up", "down", "down from self (timed out)"],
  ["--", 9, "up", "down", "down from self, fra (timed out)"],
  ["oo", 2, "up", "keep", "nobody votes where 1 must agree"],
])("D6 %s by %s, until now %s: %s", (marks, quorum, health, verdict, sentence) => {
  expect(countVotes(opinionsOf(marks), quorum, health)).toMatchObject({ verdict, sentence });
});

const anyMarks = fc.array(fc.constantFrom("+", "-", "l", "s", "?", "o"), { minLength: 1, maxLength: 7 });
const anyQuorum = fc.constantFrom<Quorum>("any", "majority", 1, 2, 3);

test("D6 what is up goes down only when the quorum says so, whoever is silent", () => {
  fc.assert(
    fc.property(anyMarks, anyQuorum, (marks, quorum) => {
      const seats = marks.filter((mark) => mark !== "o").length;
      const downs = marks.filter((mark) => mark === "-").length;
      const { verdict } = countVotes(opinionsOf(marks.join("")), quorum, "up");
      expect(verdict === "down").toBe(downs >= votesNeeded(quorum, seats));
    }),
  );
});

test("one more vote for down never turns a removal into none", () => {
  fc.assert(
    fc.property(anyMarks, anyQuorum, fc.nat(), (marks, quorum, index) => {
      if (marks[index % marks.length] === "o") return;
      const more = marks.with(index % marks.length, "-");
      const before = countVotes(opinionsOf(marks.join("")), quorum, "up").verdict;
      if (before === "down") expect(countVotes(opinionsOf(more.join("")), quorum, "up").verdict).toBe("down");
    }),
  );
});
