/**
 * Who looks, and whether that can be trusted: the controller with its references, and watchers elsewhere, each with when it
 * was last heard. Absent where the controller is alone and has no reference.
 */
import type { ReferenceView, StatusView, WatcherView } from "../../../src/core/view.ts";
import { count, endSentence } from "../format.ts";
import { Ago, Lasting } from "./ago.tsx";
import { Mark, type MarkShape } from "./mark.tsx";

export function Vantage({ view }: { view: StatusView }) {
  const { guard, watchers } = view;
  if (watchers.length === 0 && guard.references.length === 0) return null;
  const facts = [
    ...(watchers.length === 0 ? [] : [count(watchers.length + 1, "vantage point")]),
    ...(guard.references.length === 0 ? [] : [count(guard.references.length, "reference")]),
  ];
  return (
    <section class="ledger vantage" aria-labelledby="vantage-name">
      <header>
        <h2 id="vantage-name">Who looks</h2>
        <p class="facts">{facts.join(" · ")}</p>
      </header>
      <ul>
        <Self view={view} />
        {watchers.map((watcher) => (
          <Watcher key={watcher.name} watcher={watcher} />
        ))}
        {guard.references.map((reference) => (
          <Reference key={`${reference.address} ${reference.check}`} reference={reference} />
        ))}
      </ul>
    </section>
  );
}

function Self({ view: { guard, startedAt } }: { view: StatusView }) {
  const sick = guard.sickSince;
  return (
    <li class="row" data-shape={sick === null ? "up" : "down"} aria-label={`self: ${sick === null ? "well" : "sick"}`}>
      <span class="health">
        <Mark shape={sick === null ? "up" : "down"} />
        <b>{sick === null ? "well" : "sick"}</b>
      </span>
      <span class="who">
        <b>self</b> <span class="muted">the controller</span>
      </span>
      <span class="when">
        <span>
          for <Lasting since={sick ?? startedAt} />
        </span>
      </span>
      <p class="reason">{selfWords(guard)}</p>
    </li>
  );
}

function selfWords({ references, sickSince }: StatusView["guard"]): string {
  if (sickSince !== null) return "None of its references answers: judgement is frozen, and nothing is removed.";
  if (references.length === 0) return "It has no references, so it cannot tell when its own network is lost.";
  return "At least one of its references answers.";
}

const watcherShapes: Readonly<Record<WatcherView["state"], MarkShape>> = {
  well: "up",
  late: "suspected",
  sick: "down",
  silent: "unproven",
};

function Watcher({ watcher }: { watcher: WatcherView }) {
  const { differs, heardAt, name, reason, state, targets, votes } = watcher;
  const shape = watcherShapes[state];
  return (
    <li class="row" data-shape={shape} aria-label={`watcher ${name}: ${state}`}>
      <span class="health">
        <Mark shape={shape} />
        <b>{state}</b>
      </span>
      <span class="who">
        <b>{name}</b> <span class="muted">{votes ? "watcher" : "watcher, only listens"}</span>
      </span>
      <span class="when">
        {heardAt === null ? (
          "never heard"
        ) : (
          <span>
            heard <Ago at={heardAt} />
          </span>
        )}
      </span>
      <p class="reason">
        {state === "well"
          ? `It looks at ${count(targets, "target")}.`
          : `${endSentence(capital(reason))} It does not vote.`}
        {differs > 0 && (
          <b class="differs"> {count(differs, "target looks", "targets look")} different from there than decided.</b>
        )}
      </p>
    </li>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Reference({ reference }: { reference: ReferenceView }) {
  const { address, check, health, reason, since } = reference;
  return (
    <li class="row" data-shape={health} aria-label={`reference ${address}: ${health}`}>
      <span class="health">
        <Mark shape={health} />
        <b>{health}</b>
      </span>
      <span class="who">
        <code>{address}</code> <span class="muted">reference</span>
      </span>
      <span class="when">
        <span>
          for <Lasting since={since} />
        </span>
      </span>
      <p class="reason">
        {check}: {endSentence(reason)}
      </p>
    </li>
  );
}
