/**
 * The pools: all as cards when they are few; when they are many, those that need a person as cards and the others as
 * one line each, opened on demand and drawn in pages, so that a thousand of them stay quick.
 */
import { useSignal } from "@preact/signals";
import type { PoolView, StatusView } from "../../../src/core/view.ts";
import { count } from "../format.ts";
import { needsAttention } from "../headline.ts";
import { Mark } from "./mark.tsx";
import { Pool } from "./pool.tsx";

/** Up to so many pools are all shown in full. */
const cardsMax = 6;
const linesPerPage = 100;

export function Pools({ view }: { view: StatusView }) {
  const many = view.pools.length > cardsMax;
  const cards = many ? view.pools.filter(needsAttention) : view.pools;
  const quiet = many ? view.pools.filter((pool) => !needsAttention(pool)) : [];
  const serials = new Map(view.zones.map((zone) => [zone.origin, zone.serial]));
  return (
    <div class="pools">
      {view.pools.length === 0 && <Empty view={view} />}
      {cards.map((pool) => (
        <Pool key={pool.name} pool={pool} serial={serials.get(pool.zone)} />
      ))}
      {quiet.length > 0 && <QuietPools pools={quiet} serials={serials} alone={cards.length === 0} />}
    </div>
  );
}

function Empty({ view }: { view: StatusView }) {
  return (
    <section class="empty">
      <h2>No pools</h2>
      <p>
        A pool is a name and the members that may answer for it. Add one under <code>pools:</code> in the configuration
        and reload; <code>muster check FILE</code> tells first whether it is right.
      </p>
      {view.zones.map((zone) => (
        <p key={zone.origin} class="muted">
          Zone <b>{zone.origin}</b> is served, serial <span class="num">{zone.serial}</span>.
        </p>
      ))}
    </section>
  );
}

interface QuietProps {
  readonly pools: readonly PoolView[];
  readonly serials: ReadonlyMap<string, number>;
  readonly alone: boolean;
}

function QuietPools({ pools, serials, alone }: QuietProps) {
  const shown = useSignal(linesPerPage);
  const rest = pools.length - shown.value;
  return (
    <section class="quiet-pools" aria-label="Pools with all members up">
      {!alone && <h2>{count(pools.length, "pool")} with every member up</h2>}
      <ul>
        {pools.slice(0, shown.value).map((pool) => (
          <QuietPool key={pool.name} pool={pool} serial={serials.get(pool.zone)} />
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" class="more" onClick={() => (shown.value += linesPerPage)}>
          Show {Math.min(rest, linesPerPage)} more of {rest.toLocaleString("en")}
        </button>
      )}
    </section>
  );
}

function QuietPool({ pool, serial }: { pool: PoolView; serial: number | undefined }) {
  const open = useSignal(false);
  return (
    <li>
      <button type="button" class="line-pool" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        <Mark shape="up" />
        <span class="name">{pool.name}</span>
        <span class="muted num">{count(pool.members.length, "member")} up</span>
        <span class="muted addresses">
          {pool.record === "address" ? "" : `${pool.record.toUpperCase()}  `}
          {pool.answer.addresses.slice(0, 4).join("  ")}
        </span>
      </button>
      {open.value && <Pool pool={pool} serial={serial} />}
    </li>
  );
}
