/** The head: the top line in words, spoken by screen readers when it changes, and whether the page is live. */
import { headline, link, now, status } from "../state.ts";
import { endSentence, formatClock, formatSpan } from "../format.ts";
import { Mark } from "./mark.tsx";
import { ThemeToggle } from "./theme.tsx";

export function Head() {
  const line = headline.value;
  return (
    <header class="head" data-tone={line?.tone ?? "calm"}>
      <div class="bar">
        <span class="wordmark">muster</span>
        <Connection />
        <ThemeToggle />
      </div>
      <div class="line">
        {line !== null && <Mark shape={line.mark} />}
        <h1 aria-live={line?.tone === "alarm" ? "assertive" : "polite"} aria-atomic="true">
          {line === null ? "Asking the controller …" : endSentence(line.sentence)}
        </h1>
      </div>
      <p class="details">{line === null ? "" : line.details.map(endSentence).join(" ")}</p>
    </header>
  );
}

/** Says what the reader must know about the age of what is shown. */
function Connection() {
  const state = link.value;
  const seen = status.value?.at;
  if (state.kind === "live")
    return (
      <span class="link" data-kind="live" role="status">
        live
      </span>
    );
  if (state.kind !== "lost")
    return (
      <span class="link" data-kind="connecting" role="status">
        connecting …
      </span>
    );
  return (
    <span class="link" data-kind="lost">
      <span role="status">
        Not live: {state.why}. Reconnecting since {formatClock(state.since)}
      </span>{" "}
      (<span class="num">{formatSpan(now.value - state.since)}</span>).
      {seen === undefined ? "" : ` Below is what was so at ${formatClock(seen)}.`}
    </span>
  );
}
