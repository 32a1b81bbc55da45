/** A quorum as it is written: `2 of 3` beside the plain words and numbers. */
import { ok, type Result } from "../base/result.ts";
import { type Hint, refuse } from "./hint.ts";

export const quorumExpected = 'any, majority, a number, or a number of all such as "2 of 3"';

export const quorumOfPattern = /^(\d{1,3}) of (\d{1,3})$/;

/** `2 of 3`: the first number is the quorum, the second is only checked (`judgeQuorums`). */
export function parseQuorum(text: string): Result<number, Hint> {
  const [, needed = "", all = ""] = quorumOfPattern.exec(text) ?? [];
  const count = Number(needed);
  if (needed === "") return refuse({ expected: quorumExpected });
  if (count === 0) return refuse({ expected: quorumExpected, complaint: "would take nobody's word" });
  if (count <= Number(all)) return ok(count);
  return refuse({ expected: quorumExpected, complaint: "asks for more than there are" });
}
