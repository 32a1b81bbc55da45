/** Asks for the API's token. It is kept for this tab only. */
import { useSignal } from "@preact/signals";
import { keepToken } from "../api.ts";
import { connect } from "../live.ts";
import { link } from "../state.ts";

export function TokenForm({ refused }: { refused: boolean }) {
  const token = useSignal("");
  const submit = (event: Event): void => {
    event.preventDefault();
    keepToken(token.value.trim());
    link.value = { kind: "connecting" };
    connect();
  };
  return (
    <main class="locked">
      <span class="wordmark">muster</span>
      <h1>This controller asks for a token.</h1>
      <form onSubmit={submit}>
        <input type="text" name="username" autocomplete="username" value="muster" hidden readOnly />
        <label>
          Token
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            autofocus
            aria-invalid={refused ? true : undefined}
            aria-describedby="token-help"
            value={token.value}
            onInput={(event) => (token.value = event.currentTarget.value)}
          />
        </label>
        <p id="token-help" class={refused ? "error" : "muted"} role={refused ? "alert" : undefined}>
          {refused ? "The controller did not accept this token. " : ""}
          It is the one under <code>api: token:</code> in the configuration, and is kept until this tab is closed.
        </p>
        <button type="submit">Open</button>
      </form>
    </main>
  );
}
