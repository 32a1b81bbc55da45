/** The foot: what runs since when, the zones with their serials, and the button that reads the configuration again. */
import { useSignal } from "@preact/signals";
import type { StatusView, ZoneView } from "../../../src/core/view.ts";
import { postReload } from "../api.ts";
import { count, endSentence } from "../format.ts";
import { Lasting } from "./ago.tsx";

export function Foot({ view }: { view: StatusView }) {
  return (
    <footer>
      <p>
        muster {view.version}, running for <Lasting since={view.startedAt} />
        {view.ready ? "." : "; the first round of checks is not complete."}
      </p>
      <Reload />
      <Zones zones={view.zones} />
    </footer>
  );
}

/** More zones than this are counted only. */
const zonesMax = 20;

function Zones({ zones }: { zones: readonly ZoneView[] }) {
  const rest = zones.length - zonesMax;
  return (
    <ul class="zones" aria-label="Zones">
      {zones.slice(0, zonesMax).map((zone) => (
        <li key={zone.origin} title={zone.file ?? "made by muster"}>
          <b>{zone.origin}</b> serial <span class="num">{zone.serial}</span>
          {zone.trouble !== null && <span class="error"> {endSentence(zone.trouble)}</span>}
        </li>
      ))}
      {rest > 0 && <li>and {count(rest, "more zone")}</li>}
    </ul>
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
