/**
 * Publishing: whether every nameserver and outlet has what was decided. A zone in step is one line; what is out of step
 * stands below it, the worst first. The others are shown on demand.
 */
import { useSignal } from "@preact/signals";
import type { StatusView } from "../../../src/core/view.ts";
import { count, endSentence } from "../format.ts";
import { groupPlaces, type Place, sumNameservers, sumRest, type ZonePlaces } from "../publishing.ts";
import { Ago } from "./ago.tsx";
import { Mark } from "./mark.tsx";
import { PlaceRow } from "./place.tsx";
import { askPlan } from "./plan-dialog.tsx";

/** Up to so many zones are all shown; of more, those in trouble and the rest in pages. */
const zonesMax = 12;
const zonesPerPage = 50;
/** Rows of one zone that are drawn at once. */
const rowsMax = 24;

export function Publishing({ view }: { view: StatusView }) {
  const shown = useSignal(0);
  const zones = groupPlaces(view);
  const first = zones.length > zonesMax ? zones.filter(({ trouble }) => trouble) : zones;
  const visible = zones.slice(0, Math.max(first.length, 1) + shown.value);
  const rest = zones.length - visible.length;
  return (
    <section class="publishing" aria-labelledby="publishing-name">
      <header>
        <h2 id="publishing-name">Publishing</h2>
        <p class="facts">
          {count(zones.length, "zone")} · {count(view.nameservers.length, "nameserver")}
          {view.outlets.length > 0 && ` · ${count(view.outlets.length, "outlet")}`}
        </p>
        <button type="button" class="quiet" onClick={() => askPlan({ kind: "reset" })}>
          reset to normal …
        </button>
      </header>
      {visible.map((zone) => (
        <Zone key={zone.origin} group={zone} />
      ))}
      {rest > 0 && (
        <button type="button" class="more" onClick={() => (shown.value += zonesPerPage)}>
          Show {rest > zonesPerPage ? `${zonesPerPage} of ` : ""}
          {count(rest, "more zone")}, all in step
        </button>
      )}
    </section>
  );
}

function Zone({ group }: { group: ZonePlaces }) {
  const open = useSignal(false);
  const { origin, places, trouble, zone } = group;
  const id = `zone-${origin}`;
  const notable = places.filter(({ trouble: loud }) => loud);
  const rows = open.value ? places : notable;
  const more = places.length - notable.length;
  return (
    <section class="zone" data-state={trouble ? "bad" : "calm"} aria-labelledby={`${id}-name`}>
      <header>
        <Mark shape={trouble ? "down" : "up"} />
        <h3 id={`${id}-name`}>{origin}</h3>
        <p class="sum">
          <Sum group={group} />
        </p>
        {more > 0 && (
          <button
            type="button"
            class="quiet"
            aria-expanded={open.value}
            aria-controls={`${id}-places`}
            aria-label={`${open.value ? "Hide" : "Show"} who serves ${origin}`}
            onClick={() => (open.value = !open.value)}
          >
            {open.value ? "hide" : notable.length === 0 ? "show each" : `show ${more} more`}
          </button>
        )}
      </header>
      {zone !== null && zone.trouble !== null && <p class="error">{endSentence(zone.trouble)}</p>}
      <div id={`${id}-places`}>{rows.length > 0 && <Places places={rows} />}</div>
    </section>
  );
}

function Sum({ group }: { group: ZonePlaces }) {
  const at = group.zone?.changedAt ?? null;
  return (
    <>
      {sumNameservers(group)}
      {at !== null && (
        <span class="muted">
          {" "}
          of <Ago at={at} />
        </span>
      )}
      . {sumRest(group).map((sentence) => `${sentence}. `)}
    </>
  );
}

function Places({ places }: { places: readonly Place[] }) {
  const rest = places.length - rowsMax;
  return (
    <div class="places">
      <div class="columns" aria-hidden="true">
        <span class="third">time until it serves a change</span>
        <span class="right">serial</span>
        <span class="right">behind</span>
      </div>
      <ul>
        {places.slice(0, rowsMax).map((place) => (
          <PlaceRow key={place.key} place={place} />
        ))}
      </ul>
      {rest > 0 && <p class="muted">and {rest} more; `muster status --json` has all.</p>}
    </div>
  );
}
