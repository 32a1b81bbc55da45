/** What is to be seen of everything that incidents are about, for those whose end nobody tells. */
import type { ControllerState } from "../../roles/controller-state.ts";
import type { Around } from "../../roles/notifier/standing.ts";
import type { Outside } from "../outside.ts";

/** Between two looks. */
export const lookMs = 5000;

export type SeenOutside = Pick<Outside, "audits" | "outlets" | "primaries">;

export function lookAround(state: ControllerState, outside: SeenOutside): Around {
  const { config, firstEventId, pools, zones } = state;
  return {
    config,
    firstEventId,
    outlets: outside.outlets(),
    primaries: outside.primaries(),
    audits: outside.audits(),
    zones: new Map(
      Array.from(zones, ([origin, { config: zone, phase, trouble }]) => {
        return [origin, { isWell: phase === "open" && trouble === null, isFollowed: zone.primaries.length > 0 }];
      }),
    ),
    lastResorts: new Map(Array.from(pools, ([name, { decision }]) => [name, decision?.lastResort ?? null])),
  };
}
