/**
 * The story: what happened, newest first, in sentences, under the day it happened. It may be narrowed to a pool or a
 * member and to kinds of events, and reaches further back on demand.
 */
import { computed, signal, useSignal } from "@preact/signals";
import type { HistoryEvent, HistoryKind } from "../../../src/core/model.ts";
import { endSentence, formatClock, formatDay } from "../format.ts";
import { loadOlder } from "../live.ts";
import { events, now, status } from "../state.ts";
import { splitDays, subjectsOf, tellStory } from "../tell.ts";
import { Ago } from "./ago.tsx";
import { Mark, type MarkShape } from "./mark.tsx";

const rowsPerPage = 100;

const kindGroups: readonly { readonly words: string; readonly kinds: readonly HistoryKind[] }[] = [
  { words: "answers", kinds: ["answer"] },
  { words: "health", kinds: ["health"] },
  { words: "suspicions", kinds: ["suspicion", "cleared"] },
  { words: "overrides", kinds: ["override"] },
  { words: "muster", kinds: ["start", "stop", "reload", "trouble", "diagnosis"] },
];

const subject = signal<string | null>(null);
const groups = signal<ReadonlySet<string>>(new Set());
/** Pools and members to choose from; the text changes only with the configuration, and the options with it. */
const choices = computed(() =>
  JSON.stringify(
    (status.value?.pools ?? []).map((pool) => [pool.name, pool.members.map((member) => [member.id, member.label])]),
  ),
);

const told = computed(() => {
  const kinds = kindGroups.filter((group) => groups.value.has(group.words)).flatMap((group) => group.kinds);
  return tellStory(events.value, subjectsOf(status.value?.pools ?? [], subject.value), new Set(kinds));
});

export function Story() {
  const shown = useSignal(rowsPerPage);
  const days = splitDays(told.value.slice(0, shown.value));
  return (
    <section class="story" aria-labelledby="story-name">
      <header>
        <h2 id="story-name">Story</h2>
        <SubjectChoice />
        <KindChoice />
      </header>
      {days.length === 0 && (
        <p class="muted">
          Nothing to tell{subject.value !== null || groups.value.size > 0 ? " under this filter" : " yet"}.
        </p>
      )}
      {days.map(({ day, events: rows }) => (
        <section key={day} class="day">
          <h3>{formatDay(rows[0]?.at ?? 0, now.value)}</h3>
          <ol>
            {rows.map((event) => (
              <Line key={event.id} event={event} />
            ))}
          </ol>
        </section>
      ))}
      <Older more={told.value.length > shown.value} show={() => (shown.value += rowsPerPage)} />
    </section>
  );
}

function SubjectChoice() {
  const pools = JSON.parse(choices.value) as [string, [string, string][]][];
  return (
    <select
      aria-label="Pool or member"
      value={subject.value ?? ""}
      onChange={(event) => (subject.value = event.currentTarget.value === "" ? null : event.currentTarget.value)}
    >
      <option value="">every pool</option>
      {pools.map(([name, members]) => (
        <optgroup key={name} label={name}>
          <option value={name}>{name}</option>
          {members.map(([id, label]) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

function KindChoice() {
  const toggle = (words: string): void => {
    const next = new Set(groups.value);
    if (!next.delete(words)) next.add(words);
    groups.value = next;
  };
  return (
    <div class="kinds" role="group" aria-label="Kinds of events">
      {kindGroups.map(({ words }) => (
        <button
          key={words}
          type="button"
          class="quiet"
          aria-pressed={groups.value.has(words)}
          onClick={() => toggle(words)}
        >
          {words}
        </button>
      ))}
    </div>
  );
}

function Line({ event }: { event: HistoryEvent }) {
  return (
    <li class="event" data-kind={event.kind}>
      <Mark shape={shapeOf(event)} />
      <time dateTime={new Date(event.at).toISOString()} title={new Date(event.at).toLocaleString()}>
        <span class="num">{formatClock(event.at)}</span> <code class="rule">{event.rule}</code> <Ago at={event.at} />
      </time>
      <p>{endSentence(event.sentence)}</p>
    </li>
  );
}

const shapes: Readonly<Record<HistoryKind, MarkShape>> = {
  start: "muster",
  stop: "muster",
  reload: "muster",
  trouble: "down",
  diagnosis: "down",
  suspicion: "suspected",
  cleared: "up",
  health: "unproven",
  answer: "answer",
  override: "drain",
};

/** Rules by which trouble is over. */
const goodNews = /\/(?:well|works|copies-work|accepted|gone|address)$/;

function shapeOf(event: HistoryEvent): MarkShape {
  if (event.kind === "trouble" && goodNews.test(event.rule)) return "up";
  if (event.kind === "health" && (event.to === "up" || event.to === "down" || event.to === "flapping")) return event.to;
  if (event.kind === "override" && /^(operator|maintenance)\/(maintenance|begin)$/.test(event.rule))
    return "maintenance";
  if (event.rule === "operator/pin") return "pin";
  if (event.kind === "override" && event.to === "disable") return "disable";
  if (event.kind === "override" && event.to !== "drain") return "up";
  return shapes[event.kind];
}

function Older({ more, show }: { more: boolean; show: () => void }) {
  const said = useSignal("");
  const load = (): void => {
    if (more) return show();
    loadOlder().then(
      (found) => (said.value = found ? "" : "Nothing older is kept, or one day of silence; try once more."),
      (error: unknown) => (said.value = error instanceof Error ? error.message : String(error)),
    );
    show();
  };
  return (
    <p class="older">
      <button type="button" class="more" onClick={load}>
        {more ? "Show more" : "Show the day before"}
      </button>
      <span role="status">{said.value}</span>
    </p>
  );
}
