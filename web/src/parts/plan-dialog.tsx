/**
 * Asks before a step that changes many records at once: a reset to the normal state, or a reload that was refused
 * because it removes too much. First the plan, record by record as the controller played it; then the reason, which goes
 * into the story.
 */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { PlanView, ZonePlanView } from "../../../src/core/view.ts";
import { fetchPlan, postReload, postReset } from "../api.ts";
import { count, endSentence, startSentence } from "../format.ts";
import { AskFields, readFields } from "./ask-fields.tsx";
import { Refusal } from "./refusal.tsx";

export type PlannedStep =
  | { readonly kind: "reset" }
  /** `onDone`: the forced reload has happened. */
  | { readonly kind: "reload"; readonly onDone: () => void };

/** Records of one zone that are listed; the others are counted. */
const linesMax = 200;

const planned = signal<PlannedStep | null>(null);

export function askPlan(step: PlannedStep): void {
  planned.value = step;
}

export function PlanDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const step = planned.value;
  useEffect(() => {
    if (step !== null && dialog.current?.open === false) dialog.current.showModal();
  }, [step]);
  return (
    <dialog ref={dialog} class="wide" aria-labelledby="plan-title" onClose={() => (planned.value = null)}>
      {step !== null && <PlanForm step={step} close={() => dialog.current?.close()} />}
    </dialog>
  );
}

function PlanForm({ step, close }: { step: PlannedStep; close: () => void }) {
  const plan = useSignal<PlanView | null>(null);
  const busy = useSignal(false);
  const trouble = useSignal<Error | null>(null);
  const fail = (error: unknown): void => {
    trouble.value = error instanceof Error ? error : new Error(String(error));
  };
  useEffect(() => {
    fetchPlan(step.kind).then((found) => (plan.value = found), fail);
  }, [step]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    busy.value = true;
    trouble.value = null;
    perform(step, event.currentTarget as HTMLFormElement)
      .then(close, fail)
      .finally(() => {
        busy.value = false;
      });
  };
  return (
    <form onSubmit={submit} aria-busy={busy.value}>
      <h2 id="plan-title">{step.kind === "reset" ? "Reset to normal?" : "Reload, though it removes so much?"}</h2>
      <p class="effect">{effects[step.kind]}</p>
      <Plan plan={plan.value} waiting={trouble.value === null} limited={step.kind === "reload"} />
      <AskFields
        wanted={{ ...explained, example: step.kind === "reset" ? "after the exercise" : "the pool has moved" }}
      />
      {trouble.value !== null && <Refusal error={trouble.value} />}
      <div class="choices">
        <button type="button" class="secondary" onClick={close}>
          Cancel
        </button>
        <button type="submit" disabled={busy.value || plan.value === null}>
          {step.kind === "reset" ? "Reset to normal" : "Reload all the same"}
        </button>
      </div>
    </form>
  );
}

const explained = { mustExplain: true, span: null, addresses: [], scope: null } as const;

const effects: Readonly<Record<PlannedStep["kind"], string>> = {
  reset:
    "No override stays, every member counts as up until it is judged again, and every pool answers with its best members. Members are probed at once: what is really down leaves again by itself.",
  reload: "This removes more than is allowed, and was refused. It is taken only with a reason.",
};

async function perform(step: PlannedStep, form: HTMLFormElement): Promise<void> {
  const { owner, reason } = readFields(form);
  if (step.kind === "reset") return postReset({ owner, reason });
  await postReload({ owner, reason });
  step.onDone();
}

interface PlanProps {
  readonly plan: PlanView | null;
  readonly waiting: boolean;
  /** The limit on removal applies: only then is its refusal shown. */
  readonly limited: boolean;
}

/** Scrolls by itself when it is long, by keyboard too. */
function Plan({ plan, waiting, limited }: PlanProps) {
  return (
    <div class="plan" role="region" aria-label="What would change" aria-live="polite" tabIndex={0}>
      {plan === null && (
        <p class="muted">{waiting ? "Asking what would change …" : "Nobody knows what would change."}</p>
      )}
      {plan !== null && plan.zones.length === 0 && <p>No record would change.</p>}
      {plan?.zones.map((zone) => (
        <ZonePlan key={zone.origin} zone={zone} />
      ))}
      {plan !== null && (
        <p class="sum">
          {plan.removed.toLocaleString("en")} of {count(plan.published, "published record")} would be removed.
          {plan.sentences.map((sentence) => ` ${startSentence(endSentence(sentence))}`)}
        </p>
      )}
      {limited && plan !== null && plan.refusal !== null && (
        <p class="error">{startSentence(endSentence(plan.refusal))}</p>
      )}
      {plan?.mistakes.map((mistake) => (
        <p key={mistake} class="error">
          {startSentence(endSentence(mistake))}
        </p>
      ))}
    </div>
  );
}

function ZonePlan({ zone }: { zone: ZonePlanView }) {
  const { added, origin, removed } = zone;
  const rest = Math.max(0, removed.length - linesMax) + Math.max(0, added.length - linesMax);
  return (
    <>
      <h3>{origin}</h3>
      {removed.slice(0, linesMax).map((line) => (
        <del key={line}>{line}</del>
      ))}
      {added.slice(0, linesMax).map((line) => (
        <ins key={line}>{line}</ins>
      ))}
      {rest > 0 && <p class="muted">and {count(rest, "more record")}; `muster plan` lists all.</p>}
    </>
  );
}
