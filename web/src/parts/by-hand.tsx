/**
 * By hand: everything that people have set and everything that waits for one, with who, why and until when, and the
 * button that ends it. Below it, on demand, the record of who did what.
 */
import { useSignal } from "@preact/signals";
import type { StatusView } from "../../../src/core/view.ts";
import { type HandEntry, listByHand } from "../by-hand.ts";
import { count, endSentence, formatDateTime, formatEnd } from "../format.ts";
import type { Question } from "../questions.ts";
import { verbOf } from "../questions.ts";
import { Acts } from "./acts.tsx";
import { Lasting, Until } from "./ago.tsx";
import { ask } from "./ask.tsx";
import { Mark } from "./mark.tsx";

const rowsPerPage = 20;

export function ByHand({ view }: { view: StatusView }) {
  const shown = useSignal(rowsPerPage);
  const acts = useSignal(false);
  const entries = listByHand(view);
  const rest = entries.length - shown.value;
  return (
    <section class="ledger by-hand" aria-labelledby="by-hand-name">
      <header>
        <h2 id="by-hand-name">By hand</h2>
        <p class="facts">
          {entries.length === 0 ? "nothing is set, nothing waits" : count(entries.length, "entry", "entries")}
        </p>
        <button type="button" class="quiet" onClick={() => ask({ kind: "plan", scope: "", pools: view.pools })}>
          plan maintenance …
        </button>
        <button
          type="button"
          class="quiet"
          aria-expanded={acts.value}
          aria-controls="acts"
          onClick={() => (acts.value = !acts.value)}
        >
          who did what
        </button>
      </header>
      <ul>
        {entries.slice(0, shown.value).map((entry) => (
          <Entry key={entry.key} entry={entry} />
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" class="more" onClick={() => (shown.value += rowsPerPage)}>
          Show {count(Math.min(rest, rowsPerPage), "more entry", "more entries")} of {rest}
        </button>
      )}
      <div id="acts">{acts.value && <Acts />}</div>
    </section>
  );
}

function Entry({ entry }: { entry: HandEntry }) {
  const { ending, endingAll, mark, owner, reason, what, word } = entry;
  const endings = endingAll === undefined ? [ending] : [ending, endingAll];
  return (
    <li class="row" data-shape={mark} aria-label={`${word}: ${what}`}>
      <span class="health">
        <Mark shape={mark} />
        <b>{word}</b>
      </span>
      <b class="who">{what}</b>
      <span class="when">
        <When entry={entry} />
      </span>
      <span class="actions">
        {endings.map((each) => (
          <button
            key={each.kind}
            type="button"
            class="quiet"
            onClick={() => ask(each)}
            aria-label={`${verbOf(each)}: ${what} …`}
          >
            {buttonOf(each)} …
          </button>
        ))}
      </span>
      <p class="reason">
        {owner !== null && <>by {owner}: </>}
        {endSentence(reason || "no reason given")}
      </p>
    </li>
  );
}

function buttonOf({ kind }: Question): string {
  if (kind === "end") return "end";
  return kind === "failback" ? "fail back" : kind === "brake" ? "release" : kind;
}

/** Two lines that never break, so that a countdown moves nothing: the end, and how far away it is. */
function When({ entry: { ending, from, since, until } }: { entry: HandEntry }) {
  const end = ending.kind === "failback" ? "by itself" : "ends";
  return (
    <>
      {until === null && <span>until somebody ends it</span>}
      {until !== null && (
        <span>
          {from === null ? `${end} ${formatDateTime(until)}` : `${formatDateTime(from)} – ${formatEnd(from, until)}`}
        </span>
      )}
      <span class="muted">
        {from !== null && (
          <>
            begins <Until at={from} then="now" />
          </>
        )}
        {from === null && until !== null && <Until at={until} then="now" />}
        {since !== null && until !== null && ", "}
        {since !== null && (
          <>
            for <Lasting since={since} />
          </>
        )}
      </span>
    </>
  );
}
