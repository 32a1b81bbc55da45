/** The chain of evidence behind a pool's answer: each step, and below it what it stands on. Asked anew with each change. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Explanation, ExplanationStep } from "../../../src/core/view.ts";
import { fetchExplanation } from "../api.ts";
import { endSentence, formatClock } from "../format.ts";

export function Why({ name, since }: { name: string; since: number }) {
  const found = useSignal<Explanation | null>(null);
  const trouble = useSignal<string | null>(null);
  const load = (): void => {
    fetchExplanation(name).then(
      (explanation) => {
        found.value = explanation;
        trouble.value = null;
      },
      (error: unknown) => {
        trouble.value = error instanceof Error ? error.message : String(error);
      },
    );
  };
  useEffect(load, [name, since]);
  return (
    <div class="evidence">
      {trouble.value !== null && (
        <p class="error" role="alert">
          {trouble.value}
        </p>
      )}
      {found.value === null && trouble.value === null && <p class="muted">Asking …</p>}
      {found.value !== null && <Steps steps={found.value.steps} />}
      {found.value !== null && (
        <p class="muted">
          As of <span class="num">{formatClock(found.value.at)}</span>.{" "}
          <button type="button" class="quiet" onClick={load}>
            ask again
          </button>
        </p>
      )}
    </div>
  );
}

function Steps({ steps }: { steps: readonly ExplanationStep[] }) {
  return (
    <ol>
      {steps.map((step, index) => (
        <li key={index}>
          <p>
            {endSentence(step.sentence)} <code class="rule">{step.rule}</code>
          </p>
          {step.because.length > 0 && <Steps steps={step.because} />}
        </li>
      ))}
    </ol>
  );
}
