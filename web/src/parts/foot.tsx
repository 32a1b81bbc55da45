/** The foot: what runs since when, and the button that reads the configuration again. */
import { useSignal } from "@preact/signals";
import type { StatusView } from "../../../src/core/view.ts";
import { ApiError, fetchPlan, postReload } from "../api.ts";
import { Lasting } from "./ago.tsx";
import { askPlan } from "./plan-dialog.tsx";

/** Lines of a refusal that are shown. */
const linesMax = 12;

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
  const said = useSignal<readonly string[]>([]);
  const done = (): void => {
    said.value = ["The configuration was read again."];
  };
  const reload = async (): Promise<void> => {
    said.value = ["Reading …"];
    try {
      await postReload(null);
      done();
    } catch (error) {
      said.value = error instanceof ApiError ? [error.message, ...error.details] : [String(error)];
      if (error instanceof ApiError && error.code === "refused") await offerForce(done);
    }
  };
  return (
    <div class="reload">
      <button type="button" class="quiet" onClick={() => void reload()}>
        reload configuration
      </button>{" "}
      <div role="status">
        {said.value.slice(0, linesMax).map((line) => (
          <p key={line}>{line}</p>
        ))}
        {said.value.length > linesMax && (
          <p>and {said.value.length - linesMax} more lines; `muster check` shows all.</p>
        )}
      </div>
    </div>
  );
}

/** A file that removes too much can be planned; one with mistakes cannot, and is not offered. */
async function offerForce(onDone: () => void): Promise<void> {
  const plan = await fetchPlan("reload").catch(() => null);
  if (plan !== null && plan.refusal !== null) askPlan({ kind: "reload", onDone });
}
