/** What keeps members in the answers although they fail, and who else looks: the lines of `muster status` about them. */
import type { StatusReply } from "../api/contract.ts";
import { formatDuration } from "./duration.ts";
import { clean, type Paint } from "./text.ts";

export function drawGuard(status: StatusReply, paint: Paint): readonly string[] {
  return [...drawSick(status, paint), ...drawBrake(status, paint), ...drawWatchers(status, paint)];
}

function drawSick({ at, guard }: StatusReply, paint: Paint): readonly string[] {
  if (guard.sickSince === null) return [];
  const long = formatDuration(at - guard.sickSince);
  const count = guard.references.length;
  return [paint("red", `the checker is sick for ${long}: none of ${count} references answers, and nothing is removed`)];
}

function drawBrake({ at, guard, pools }: StatusReply, paint: Paint): readonly string[] {
  if (guard.brakingSince === null) return [];
  const held = pools.flatMap(({ members }) => members.filter(({ heldBack }) => heldBack === "brake"));
  const names = [...new Set(held.map(({ label }) => clean(label)))].join(", ");
  const long = formatDuration(at - guard.brakingSince);
  return [
    paint("red", `the brake holds ${names} for ${long}: they fail and stay; \`muster brake release\` lets them go`),
  ];
}

/** One line while all is well; a watcher that does not vote, or sees otherwise, has its own. */
function drawWatchers({ at, watchers }: StatusReply, paint: Paint): readonly string[] {
  const quiet = watchers.filter(({ differs, state }) => state === "well" && differs === 0);
  const odd = watchers.flatMap(({ differs, heardAt, name, reason, state, targets }) => {
    const heard = heardAt === null ? "never heard" : `last heard ${formatDuration(at - heardAt)} ago`;
    const who = `watcher ${clean(name)}`;
    if (state !== "well") return [paint("yellow", `${who} is ${state}: ${clean(reason)}, ${heard}`)];
    return differs === 0 ? [] : [paint("yellow", `${who} finds ${differs} of ${targets} targets otherwise`)];
  });
  const names = quiet.map(({ name, votes }) => `${clean(name)}${votes ? "" : " (only listens)"}`).join(", ");
  return [...odd, ...(quiet.length === 0 ? [] : [paint("dim", `watchers that are heard: ${names}`)])];
}
