/** The record of who did what: when, who, what it was before and after, and why. Read from the controller when opened. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { HistoryEvent } from "../../../src/core/model.ts";
import { changeOf, listActs } from "../acts.ts";
import { fetchEvents } from "../api.ts";
import { endSentence, formatDateTime } from "../format.ts";
import { events } from "../state.ts";

/** The newest that are read. */
const readMax = 1_000;
const rowsPerPage = 25;

export function Acts() {
  const record = useSignal<readonly HistoryEvent[] | null>(null);
  const trouble = useSignal("");
  const shown = useSignal(rowsPerPage);
  useEffect(() => {
    fetchEvents({ operator: true, limit: readMax }).then(
      (found) => (record.value = found),
      (error: unknown) => (trouble.value = error instanceof Error ? error.message : String(error)),
    );
  }, []);
  if (trouble.value !== "") return <p class="error" role="alert">{`The record cannot be read: ${trouble.value}`}</p>;
  if (record.value === null) return <p class="muted">Reading the record …</p>;
  const acts = listActs(record.value, events.value, readMax);
  const rest = acts.length - shown.value;
  return (
    <div class="acts">
      <h3>Who did what</h3>
      {acts.length === 0 && <p class="muted">Nobody did anything by hand yet.</p>}
      <ol>
        {acts.slice(0, shown.value).map((act) => (
          <Act key={act.id} act={act} />
        ))}
      </ol>
      {rest > 0 && (
        <button type="button" class="more" onClick={() => (shown.value += rowsPerPage)}>
          Show {Math.min(rest, rowsPerPage)} more of {rest}
        </button>
      )}
    </div>
  );
}

function Act({ act }: { act: HistoryEvent }) {
  const change = changeOf(act);
  return (
    <li class="act">
      <time class="num" dateTime={new Date(act.at).toISOString()}>
        {formatDateTime(act.at)}
      </time>
      <b class="who">{act.by?.owner ?? ""}</b>
      <p>
        {endSentence(act.sentence)} <code class="rule">{act.rule}</code>
      </p>
      {change !== null && (
        <p class="change">
          <span class="muted">before</span> {change.before} <span class="muted">after</span> {change.after}
        </p>
      )}
    </li>
  );
}
