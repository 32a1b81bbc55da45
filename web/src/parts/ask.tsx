/**
 * The one dialog of the page: asks for reason and duration before a member is drained or disabled, and for a plain yes
 * before it is enabled again or a pool fails back. It says in words what will happen; a refusal is shown in place.
 */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { MemberView, PoolView } from "../../../src/core/view.ts";
import { type ApiError, deleteOverride, deletePin, postFailback, postOverride, postPin } from "../api.ts";
import { AskFields, readFields } from "./ask-fields.tsx";
import { Refusal } from "./refusal.tsx";

export type Question =
  | { readonly kind: "drain" | "disable" | "enable"; readonly member: MemberView; readonly pool: PoolView }
  | { readonly kind: "failback" | "pin" | "unpin"; readonly pool: PoolView };

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
    perform(asked, event.currentTarget as HTMLFormElement)
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
      <AskFields {...fieldsOf(asked)} />
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

function fieldsOf(asked: Question): { span: boolean; reason: string | null; addresses: readonly string[] } {
  const { kind } = asked;
  const full = kind === "drain" || kind === "disable" || kind === "pin";
  const { answer, members, record } = asked.pool;
  const known = record === "address" ? members.map(({ address }) => address) : answer.addresses;
  return { span: full, reason: full ? "kernel update" : null, addresses: kind === "pin" ? known : [] };
}

function perform(asked: Question, form: HTMLFormElement): Promise<void> {
  const { address, reason, owner, forSeconds } = readFields(form);
  const limit = forSeconds === null ? {} : { forSeconds };
  if ("member" in asked) {
    if (asked.kind === "enable") return deleteOverride(asked.member.id, owner);
    return postOverride({ member: asked.member.id, kind: asked.kind, reason, owner, ...limit });
  }
  if (asked.kind === "failback") return postFailback(asked.pool.name, owner);
  if (asked.kind === "unpin") return deletePin(asked.pool.name, owner);
  return postPin({ pool: asked.pool.name, address, reason, owner, ...limit });
}

function verbOf(asked: Question): string {
  const verbs = {
    drain: "Drain",
    disable: "Disable",
    enable: "Enable",
    failback: "Fail back",
    pin: "Pin",
    unpin: "Unpin",
  };
  return verbs[asked.kind];
}

function titleOf(asked: Question): string {
  return `${verbOf(asked)} ${"member" in asked ? asked.member.label : asked.pool.name}?`;
}

function effectOf(asked: Question): string {
  if (!("member" in asked)) {
    if (asked.kind === "failback") return "The best priority that is fit answers at once, instead of waiting.";
    if (asked.kind === "unpin") return "Its members decide again what it answers, at once.";
    return "It answers exactly this address, whatever its members do: failover is off.";
  }
  if (asked.kind === "enable") return `Its health alone decides again whether ${asked.pool.name} answers with it.`;
  const others = asked.pool.members.filter((member) => member.id !== asked.member.id && isFit(member)).length;
  const last = others === 0 ? " No other member is fit: the last resort would be served." : "";
  const ttl = asked.pool.answer.ttlSeconds;
  const out = `New answers for ${asked.pool.name} leave it out; clients may use it for the TTL of ${ttl} s more.`;
  return asked.kind === "drain" ? `${out}${last}` : `${out} Not even a last resort will use it.${last}`;
}

function isFit(member: MemberView): boolean {
  return member.health === "up" && member.override === null;
}
