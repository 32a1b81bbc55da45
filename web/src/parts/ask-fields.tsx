/** The fields of the dialog. The name is remembered, because the next reader of the story wants to know whom to ask. */
const ownerKey = "muster-owner";
/** Told to the controller when nobody gave a name. */
const ownerUnknown = "live page";

const spans = [
  { seconds: 900, words: "15 min" },
  { seconds: 3_600, words: "1 h" },
  { seconds: 14_400, words: "4 h" },
  { seconds: 86_400, words: "1 day" },
  { seconds: null, words: "until enabled" },
] as const;

export interface AskedFields {
  readonly reason: string;
  readonly owner: string;
  /** Null: until somebody enables the member. */
  readonly forSeconds: number | null;
}

export function readFields(form: HTMLFormElement): AskedFields {
  const data = new FormData(form);
  const text = (name: string): string => {
    const value = data.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  localStorage.setItem(ownerKey, text("owner"));
  const seconds = Number(text("for"));
  return { reason: text("reason"), owner: text("owner") || ownerUnknown, forSeconds: seconds > 0 ? seconds : null };
}

/** `reason`: an example of one; null: none is asked for. */
export function AskFields({ reason, span }: { reason: string | null; span: boolean }) {
  return (
    <>
      {reason !== null && (
        <label>
          Reason
          <input name="reason" required maxLength={500} autocomplete="off" placeholder={reason} />
        </label>
      )}
      {span && <SpanChoice />}
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

function SpanChoice() {
  return (
    <fieldset>
      <legend>For</legend>
      <div class="spans">
        {spans.map(({ seconds, words }, index) => (
          <label key={words}>
            <input type="radio" name="for" value={seconds ?? ""} defaultChecked={index === 1} />
            {words}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
