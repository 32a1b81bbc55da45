/** The fields of the dialog. The name is remembered, because the next reader of the story wants to know whom to ask. */
import type { Fields } from "../questions.ts";

const ownerKey = "muster-owner";
/** Told to the controller when nobody gave a name. */
const ownerUnknown = "live page";

interface SpanChoice {
  readonly seconds: number | null;
  readonly words: string;
}

const limited: readonly SpanChoice[] = [
  { seconds: 900, words: "15 min" },
  { seconds: 3_600, words: "1 h" },
  { seconds: 14_400, words: "4 h" },
  { seconds: 86_400, words: "1 day" },
];
const spans = { limited, open: [...limited, { seconds: null, words: "until ended" }] } as const;

export interface AskedFields {
  /** Of a pin; empty: not asked for. */
  readonly address: string;
  /** Empty: none was given. */
  readonly reason: string;
  readonly owner: string;
  /** Null: until somebody ends it. */
  readonly forSeconds: number | null;
  /** Of a window: its name, members and pools, and when it begins (null: now). */
  readonly name: string;
  readonly scope: readonly string[];
  readonly from: number | null;
  /** Of a window that comes again: what is sent; null: it comes once. */
  readonly again: { readonly every: string; readonly timeZone: string; readonly until?: number } | null;
}

export function readFields(form: HTMLFormElement): AskedFields {
  const data = new FormData(form);
  const text = (name: string): string => {
    const value = data.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  localStorage.setItem(ownerKey, text("owner"));
  const seconds = Number(text("for"));
  const from = Date.parse(text("from"));
  const until = Date.parse(text("until"));
  const series = { every: text("every"), timeZone: text("time-zone") || "UTC" };
  return {
    address: text("address"),
    reason: text("reason"),
    owner: text("owner") || ownerUnknown,
    forSeconds: seconds > 0 ? seconds : null,
    name: text("name"),
    scope:
      text("everything") === ""
        ? text("scope")
            .split(/[\s,]+/)
            .filter(Boolean)
        : [],
    from: Number.isNaN(from) ? null : from,
    again: series.every === "" ? null : { ...series, ...(Number.isNaN(until) ? {} : { until }) },
  };
}

export function AskFields({ wanted }: { wanted: Fields }) {
  const { addresses, example, mustExplain, scope, span } = wanted;
  return (
    <>
      {addresses.length > 0 && <Chosen name="address" label="Answers" known={addresses} />}
      {scope !== null && <Scope first={scope.first} known={scope.known} />}
      <label>
        Reason {!mustExplain && <span class="muted">(optional)</span>}
        <input name="reason" required={mustExplain} maxLength={500} autocomplete="off" placeholder={example} />
      </label>
      {scope !== null && <Begin />}
      {span !== null && <SpanChoices spans={spans[span]} />}
      {scope !== null && <Again />}
      <label>
        Your name <span class="muted">(optional, remembered here)</span>
        <input
          name="owner"
          maxLength={100}
          autocomplete="username"
          defaultValue={localStorage.getItem(ownerKey) ?? ""}
        />
      </label>
    </>
  );
}

interface ChosenProps {
  readonly name: string;
  readonly label: string;
  readonly known: readonly string[];
}

/** One of those that are known, or another. */
function Chosen({ known, label, name }: ChosenProps) {
  return (
    <label>
      {label}
      <input name={name} required maxLength={300} autocomplete="off" list={`ask-${name}`} placeholder={known[0]} />
      <Known name={name} known={known} />
    </label>
  );
}

/** Longer lists are no help. */
const knownMax = 500;

function Known({ known, name }: Omit<ChosenProps, "label">) {
  return (
    <datalist id={`ask-${name}`}>
      {[...new Set(known)].slice(0, knownMax).map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}

/** The text is not needed once everything is meant. */
function Scope({ first, known }: { first: string; known: readonly string[] }) {
  const toggle = (event: Event): void => {
    const box = event.currentTarget as HTMLInputElement;
    const text = box.form?.elements.namedItem("scope");
    if (text instanceof HTMLInputElement) text.disabled = box.checked;
  };
  return (
    <>
      <label>
        Members and pools <span class="muted">(separated by spaces)</span>
        <input name="scope" required maxLength={500} autocomplete="off" list="ask-scope" defaultValue={first} />
        <Known name="scope" known={known} />
      </label>
      <label class="tick">
        <input type="checkbox" name="everything" value="yes" onChange={toggle} />
        everything
      </label>
    </>
  );
}

function Begin() {
  return (
    <div class="pair">
      <label>
        Begins <span class="muted">(now if empty)</span>
        <input type="datetime-local" name="from" />
      </label>
      <label>
        Called <span class="muted">(optional)</span>
        <input name="name" maxLength={100} autocomplete="off" />
      </label>
    </div>
  );
}

/** A window that comes again begins by its own clock. */
function Again() {
  const toggle = (event: Event): void => {
    const field = event.currentTarget as HTMLInputElement;
    const from = field.form?.elements.namedItem("from");
    if (from instanceof HTMLInputElement) from.disabled = field.value.trim() !== "";
  };
  return (
    <details class="again">
      <summary>again and again</summary>
      <div class="pair">
        <label>
          Every <span class="muted">(or daily 02:00)</span>
          <input name="every" maxLength={60} autocomplete="off" placeholder="Sun 02:00" onInput={toggle} />
        </label>
        <label>
          By the clock of
          <input name="time-zone" maxLength={60} autocomplete="off" defaultValue={ownTimeZone()} />
        </label>
      </div>
      <label>
        Until <span class="muted">(cancelled if empty)</span>
        <input type="datetime-local" name="until" />
      </label>
    </details>
  );
}

function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function SpanChoices({ spans: choices }: { spans: readonly SpanChoice[] }) {
  return (
    <fieldset>
      <legend>For</legend>
      <div class="spans">
        {choices.map(({ seconds, words }, index) => (
          <label key={words}>
            <input type="radio" name="for" value={seconds ?? ""} defaultChecked={index === 1} />
            {words}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
