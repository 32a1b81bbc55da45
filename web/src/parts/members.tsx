/**
 * The members of a pool, one row each. In a large pool those that need a person come first and the ones that are up are
 * behind a line that counts them, drawn in pages.
 */
import { useSignal } from "@preact/signals";
import type { PoolView } from "../../../src/core/view.ts";
import { count } from "../format.ts";
import { isNotable } from "../headline.ts";
import { Member } from "./member.tsx";

/** Up to so many members are all shown, in the order of the configuration. */
const rowsMax = 12;
const rowsPerPage = 50;

export function Members({ pool }: { pool: PoolView }) {
  const shown = useSignal(0);
  const large = pool.members.length > rowsMax;
  const first = large ? pool.members.filter(isNotable) : pool.members;
  const calm = large ? pool.members.filter((member) => !isNotable(member)) : [];
  const rows = [...first, ...calm].slice(0, Math.max(Math.min(first.length, rowsPerPage), 0) + shown.value);
  const visible = large ? rows : first;
  const rest = pool.members.length - visible.length;
  return (
    <div class="members">
      {visible.length > 0 && <Columns />}
      <ul>
        {visible.map((member) => (
          <Member key={member.id} member={member} pool={pool} />
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" class="more" onClick={() => (shown.value += rowsPerPage)}>
          {moreWords(rest, first.length > visible.length)}
        </button>
      )}
    </div>
  );
}

function moreWords(rest: number, mixed: boolean): string {
  const next = rest > rowsPerPage ? `Show ${rowsPerPage} of ` : "Show ";
  return `${next}${count(rest, "more member")}${mixed ? "" : rest === 1 ? ", which is up" : ", all up"}`;
}

/** Heads of the columns, with the scale of the strips; the rows say the same in words to screen readers. */
function Columns() {
  return (
    <div class="columns" aria-hidden="true">
      <span class="scale">
        <span>60 min</span>
        <span>30</span>
        <span>now</span>
      </span>
      <span class="right">answers in</span>
    </div>
  );
}
