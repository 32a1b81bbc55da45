/** The foot: what runs since when, the zones with their serials, and the button that reads the configuration again. */
import { useSignal } from "@preact/signals";
import type { StatusView } from "../../../src/core/view.ts";
import { postReload } from "../api.ts";
import { Lasting } from "./ago.tsx";

export function Foot({ view }: { view: StatusView }) {
  return (
    <footer>
      <p>
        muster {view.version}, running for <Lasting since={view.startedAt} />
        {view.ready ? "." : "; the first round of checks is not complete."}
      </p>
      <Reload />
    </footer>
  );
}

function Reload() {
  const said = useSignal("");
  const reload = (): void => {
    said.value = "Reading …";
    postReload().then(
      () => (said.value = "The configuration was read again."),
      (error: unknown) => (said.value = error instanceof Error ? error.message : String(error)),
    );
  };
  return (
    <p>
      <button type="button" class="quiet" onClick={reload}>
        reload configuration
      </button>{" "}
      <span role="status">{said.value}</span>
    </p>
  );
}
