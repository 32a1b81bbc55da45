/**
 * One pool: what is answered for its name now, as the records a resolver gets, why, and its members. The question
 * `Why?` opens the chain of evidence below it.
 */
import { useSignal } from "@preact/signals";
import type { AnswerView, PoolView } from "../../../src/core/view.ts";
import { endSentence, formatClock, startSentence } from "../format.ts";
import { isFallen } from "../headline.ts";
import { Ago, Lasting, Until } from "./ago.tsx";
import { ask } from "./ask.tsx";
import { Members } from "./members.tsx";
import { Why } from "./why.tsx";

/** An answer with more records than this is cut; the rest is a number. */
const addressesMax = 12;

export function Pool({ pool, serial }: { pool: PoolView; serial: number | undefined }) {
  const why = useSignal(false);
  const { answer } = pool;
  const id = `pool-${pool.name}`;
  return (
    <section class="pool" id={id} data-state={poolState(pool)} aria-labelledby={`${id}-name`}>
      {answer.lastResort && <p class="resort">{resortWords(answer)}</p>}
      <header>
        <h2 id={`${id}-name`}>{pool.name}</h2>
        <p class="facts">
          {pool.policy}
          {answer.activePriority !== null && ` · priority ${answer.activePriority} answers`}
        </p>
        <span class="tools">
          <button
            type="button"
            class="quiet"
            onClick={() => ask({ kind: "plan", scope: pool.name, pools: [pool] })}
            aria-label={`Plan maintenance of ${pool.name} …`}
          >
            maintenance …
          </button>
          {pool.pin === null && (
            <button
              type="button"
              class="quiet"
              onClick={() => ask({ kind: "pin", pool })}
              aria-label={`Pin ${pool.name} …`}
            >
              pin …
            </button>
          )}
          <button
            type="button"
            class="why"
            aria-expanded={why.value}
            aria-controls={`${id}-why`}
            onClick={() => (why.value = !why.value)}
          >
            Why?
          </button>
        </span>
      </header>
      <Records pool={pool} serial={serial} />
      <p class="reason">
        {startSentence(endSentence(answer.reason))}{" "}
        <span class="muted">
          So for <Lasting since={answer.since} />.
        </span>
      </p>
      <Pinned pool={pool} />
      <Failback pool={pool} />
      <Rehearsed pool={pool} />
      <div id={`${id}-why`}>{why.value && <Why name={pool.name} since={answer.since} />}</div>
      <Members pool={pool} />
    </section>
  );
}

function poolState(pool: PoolView): string {
  if (pool.answer.lastResort) return "alarm";
  return pool.members.some(isFallen) ? "bad" : "calm";
}

function resortWords(answer: AnswerView): string {
  if (answer.addresses.length === 0) return "No member is fit: the answer is empty, as configured";
  return "No member is fit: the last resort is served";
}

/** The answer as a resolver gets it. */
function Records({ pool, serial }: { pool: PoolView; serial: number | undefined }) {
  const { addresses, ttlSeconds } = pool.answer;
  return (
    <dl class="records" aria-label="Answered now">
      {linesOf(pool).map(([type, values]) => (
        <RecordLine key={type} type={type} values={values} />
      ))}
      {addresses.length === 0 && (
        <div class="wide">
          <dt>answer</dt>
          <dd>empty</dd>
        </div>
      )}
      <div>
        <dt>TTL</dt>
        <dd class="num">{ttlSeconds} s</dd>
      </div>
      <div>
        <dt>serial</dt>
        <dd class="num">{serial ?? "unknown"}</dd>
      </div>
    </dl>
  );
}

/** Records by type: both families of addresses, or the targets of another kind. */
function linesOf({ answer, record }: PoolView): readonly (readonly [string, readonly string[]])[] {
  if (record !== "address") return [[record.toUpperCase(), answer.addresses]];
  const isIpv6 = (address: string): boolean => address.includes(":");
  return [
    ["A", answer.addresses.filter((address) => !isIpv6(address))],
    ["AAAA", answer.addresses.filter(isIpv6)],
  ];
}

function RecordLine({ type, values }: { type: string; values: readonly string[] }) {
  if (values.length === 0) return null;
  const rest = values.length - addressesMax;
  return (
    <div class="wide">
      <dt>{type}</dt>
      <dd>
        {values.slice(0, addressesMax).map((value) => (
          <code key={value}>{value}</code>
        ))}
        {rest > 0 && <span class="muted">and {rest} more</span>}
      </dd>
    </div>
  );
}

function Pinned({ pool }: { pool: PoolView }) {
  const { pin } = pool;
  if (pin === null) return null;
  return (
    <p class="waiting">
      <span>
        Pinned to <code>{pin.address}</code> by {pin.owner || "an operator"} for <Lasting since={pin.setAt} />, failover
        is off: {endSentence(pin.reason || "no reason given")}
        {pin.expiresAt !== null && (
          <>
            {" "}
            Ends at {formatClock(pin.expiresAt)} (<Until at={pin.expiresAt} then="now" />
            ).
          </>
        )}
      </span>
      <button type="button" onClick={() => ask({ kind: "unpin", pool })}>
        Unpin …
      </button>
    </p>
  );
}

/** When a failover was last rehearsed, how long it took, and whether that was as fast as is stated. */
function Rehearsed({ pool: { rehearsal } }: { pool: PoolView }) {
  if (rehearsal === undefined) return null;
  return (
    <p class="reason" data-verdict={rehearsal.verdict}>
      {startSentence(endSentence(rehearsal.sentence))}{" "}
      <span class="muted">
        <Ago at={rehearsal.at} />
      </span>
    </p>
  );
}

function Failback({ pool }: { pool: PoolView }) {
  const at = pool.answer.failbackAt;
  if (at === undefined) return null;
  return (
    <p class="waiting">
      <span>
        A better priority is fit again and waits{" "}
        {at === null ? (
          "for you"
        ) : (
          <>
            until {formatClock(at)} (<Until at={at} then="now" />)
          </>
        )}
        .
      </span>
      <button type="button" onClick={() => ask({ kind: "failback", pool })}>
        Fail back now …
      </button>
    </p>
  );
}
