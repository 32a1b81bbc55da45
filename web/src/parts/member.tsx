/**
 * One member: its state as shape, colour and word, what people call it, its last hour, how fast it answers, and what
 * can be done with it. The sentence below says since when and why.
 */
import type { MemberView, OverrideView, PoolView } from "../../../src/core/view.ts";
import { endSentence, formatClock, formatDateTime, formatMs, formatSpan, listWords } from "../format.ts";
import { isSplit } from "../headline.ts";
import { Lasting, Until } from "./ago.tsx";
import { ask } from "./ask.tsx";
import { Mark, type MarkShape } from "./mark.tsx";
import { Spark } from "./spark.tsx";
import { Strip } from "./strip.tsx";

const heldBackWords = {
  brake: "It fails, and the brake keeps it in the answers.",
  checker: "It fails, and stays: no reference answers, so that the fault may be the checker's own.",
} as const;
const overrideWords = { drain: "drained", disable: "disabled", maintenance: "in maintenance" } as const;

export function Member({ member, pool }: { member: MemberView; pool: PoolView }) {
  const shape = shapeOf(member);
  return (
    <li class="member" data-shape={shape} aria-label={`${member.label}: ${wordOf(member)}`}>
      <span class="health">
        <Mark shape={shape} pulse={member.suspected} />
        <b>{wordOf(member)}</b>
      </span>
      <span class="who">
        <b>{member.label}</b>
        {member.label !== member.address && <code>{member.address}</code>}
      </span>
      <Strip member={member} />
      <span class="speed">
        <Spark member={member} />
        <span class="num">{answeringTime(member)}</span>
      </span>
      <Actions member={member} pool={pool} />
      <p class="reason">
        {member.override !== null && <OverrideWords override={member.override} />}
        <HealthWords member={member} />
        {roleOf(member, pool)}
        <Opinions member={member} />
      </p>
    </li>
  );
}

/** What is down answers nobody, however fast it was before. */
function answeringTime(member: MemberView): string {
  return member.responseMs === null || member.health === "down" ? "–" : formatMs(member.responseMs);
}

function shapeOf(member: MemberView): MarkShape {
  if (member.override !== null) return member.override.kind;
  return member.suspected && member.health === "up" ? "suspected" : member.health;
}

function wordOf(member: MemberView): string {
  if (member.override !== null) return overrideWords[member.override.kind];
  return member.suspected && member.health === "up" ? "suspected" : member.health;
}

function HealthWords({ member }: { member: MemberView }) {
  return (
    <span>
      {member.health} for <Lasting since={member.since} />
      {member.restored && " (from before the restart, not proved again yet)"}:{" "}
      {member.diagnosis !== undefined && <b class="diagnosis">{member.diagnosis.name}: </b>}
      {endSentence(member.reason)}
      {member.heldUntil !== null && (
        <b>
          {" "}
          Held until {formatDateTime(member.heldUntil)} (<Until at={member.heldUntil} then="now" />
          ).
        </b>
      )}
      {member.heldBack !== null && <b class="held-back"> {heldBackWords[member.heldBack]}</b>}
      {member.data !== null && member.data.staleMs > 0 && ` Its data is ${formatSpan(member.data.staleMs)} behind.`}
      {member.suspected && member.lastBad !== null && (
        <span class="suspicion"> Now in doubt: {endSentence(member.lastBad.detail)}</span>
      )}
    </span>
  );
}

/** What each vantage point finds, where there are several: those that do not vote say why. */
function Opinions({ member: { opinions = [] } }: { member: MemberView }) {
  if (opinions.length === 0) return null;
  return (
    <span class="opinions" data-split={isSplit(opinions)}>
      {opinions.map(({ from, health, reason, vote }) => (
        <span key={from} class="opinion" data-shape={vote === "votes" ? health : "unproven"} title={reason}>
          <Mark shape={vote === "votes" ? health : "unproven"} /> {from} <b>{vote === "votes" ? health : vote}</b>
        </span>
      ))}
    </span>
  );
}

/** Whether it is in the answer, where the state alone does not say. */
function roleOf(member: MemberView, pool: PoolView) {
  if (pool.answer.lastResort && member.answering) return <span class="role"> Answered as last resort.</span>;
  if (member.health !== "up" && member.answering) return <span class="role"> Still answered.</span>;
  if (member.health === "up" && member.override === null && !member.answering)
    return <span class="role"> Stands by.</span>;
  return null;
}

function OverrideWords({ override }: { override: OverrideView }) {
  return (
    <span class="override">
      {overrideWords[override.kind]} by {override.owner || "an operator"} for <Lasting since={override.setAt} />:{" "}
      {override.reason || "no reason given"}
      {override.expiresAt === null ? (
        ", until enabled"
      ) : (
        <>
          , ends at {formatClock(override.expiresAt)} (<Until at={override.expiresAt} then="now" />)
        </>
      )}
      . <SafeToStop override={override} />
    </span>
  );
}

function SafeToStop({ override }: { override: OverrideView }) {
  const { answeredBecause, safeToStopAt: at, waitsFor } = override;
  if (answeredBecause !== null)
    return <b class="unsafe">Not safe to stop: it is answered all the same: {answeredBecause}.</b>;
  if (waitsFor.length > 0)
    return <b class="unsafe">Not safe to stop: {listWords(waitsFor)} may still answer with it.</b>;
  return (
    <b class="safe">
      safe to stop <Until at={at} then="✓" />
    </b>
  );
}

interface ActionProps {
  readonly kind: "drain" | "disable" | "enable" | "release";
  readonly member: MemberView;
  readonly pool: PoolView;
}

function Action({ kind, member, pool }: ActionProps) {
  const verb = kind.charAt(0).toUpperCase() + kind.slice(1);
  const label = `${verb} ${member.label} …`;
  return (
    <button type="button" class="quiet" onClick={() => ask({ kind, member, pool })} aria-label={label}>
      {kind} …
    </button>
  );
}

function Actions({ member, pool }: { member: MemberView; pool: PoolView }) {
  const isSet = member.override !== null && member.override.kind !== "maintenance";
  return (
    <span class="actions">
      {member.heldUntil !== null && <Action kind="release" member={member} pool={pool} />}
      {isSet ? (
        <Action kind="enable" member={member} pool={pool} />
      ) : (
        <>
          <Action kind="drain" member={member} pool={pool} />
          <Action kind="disable" member={member} pool={pool} />
        </>
      )}
    </span>
  );
}
