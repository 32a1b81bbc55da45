/** The fields of the dialog. The name is remembered, because the next reader of the story wants to know whom to ask. */
const ownerKey = "muster-owner";
/** Told to the controller when nobody gave a name. */
const ownerUnknown = "live page";

const spans = [
  { seconds: 900, words: "15 min" },
  { seconds: 3_600, words: "1 h" },
  { seconds: 14_400, words: "4 h" },
  { seconds: 86_400, words: "1 day" },
  { seconds: null, words: "until ended" },
] as const;

export interface AskedFields {
  /** Of a pin; empty: not asked for. */
  readonly address: string;
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
  return {
    address: text("address"),
    reason: text("reason"),
    owner: text("owner") || ownerUnknown,
    forSeconds: seconds > 0 ? seconds : null,
  };
}

interface Wanted {
  /** An example of one; null: none is asked for. */
  readonly reason: string | null;
  readonly span: boolean;
  /** To choose from, or to write another one; empty: none is asked for. */
  readonly addresses?: readonly string[];
}

export function AskFields({ addresses = [], reason, span }: Wanted) {
  return (
    <>
      {addresses.length > 0 && <AddressField addresses={addresses} />}
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

function AddressField({ addresses }: { addresses: readonly string[] }) {
  return (
    <label>
      Answers
      <input
        name="address"
        required
        maxLength={300}
        autocomplete="off"
        list="ask-addresses"
        placeholder={addresses[0]}
      />
      <datalist id="ask-addresses">
        {addresses.map((address) => (
          <option key={address} value={address} />
        ))}
      </datalist>
    </label>
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
