/**
 * The one dialog of the page: says in words what an act will do, asks for what it needs, and shows a refusal in place.
 */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ApiError } from "../api.ts";
import { effectOf, fieldsOf, perform, type Question, titleOf, verbOf } from "../questions.ts";
import { AskFields, readFields } from "./ask-fields.tsx";
import { Refusal } from "./refusal.tsx";

const question = signal<Question | null>(null);

export function ask(wanted: Question): void {
  question.value = wanted;
}

export function AskDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = question.value;
  useEffect(() => {
    if (open !== null && dialog.current?.open === false) dialog.current.showModal();
  }, [open]);
  return (
    <dialog ref={dialog} aria-labelledby="ask-title" onClose={() => (question.value = null)}>
      {open !== null && <AskForm question={open} close={() => dialog.current?.close()} />}
    </dialog>
  );
}

function AskForm({ question: asked, close }: { question: Question; close: () => void }) {
  const busy = useSignal(false);
  const trouble = useSignal<ApiError | Error | null>(null);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    busy.value = true;
    trouble.value = null;
    perform(asked, readFields(event.currentTarget as HTMLFormElement))
      .then(close, (error: unknown) => {
        trouble.value = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        busy.value = false;
      });
  };
  return (
    <form onSubmit={submit} aria-busy={busy.value}>
      <h2 id="ask-title">{titleOf(asked)}</h2>
      <p class="effect">{effectOf(asked)}</p>
      <AskFields wanted={fieldsOf(asked)} />
      {trouble.value !== null && <Refusal error={trouble.value} />}
      <div class="choices">
        <button type="button" class="secondary" onClick={close}>
          Cancel
        </button>
        <button type="submit" disabled={busy.value}>
          {verbOf(asked)}
        </button>
      </div>
    </form>
  );
}
