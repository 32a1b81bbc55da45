/** Who is out at this moment, for reports: down, or held for flapping. */
import type { OutNow } from "../core/outages.ts";
import type { ControllerState } from "./controller-state.ts";

export function outNow({ targetBySlot }: Pick<ControllerState, "targetBySlot">): OutNow {
  const out = targetBySlot.filter(({ flap, judgement }) => judgement.health === "down" || flap.heldUntil !== null);
  return new Map(
    out.map(({ flap, judgement: { reason, since }, target }) => [
      target.id,
      { since, reason: flap.heldUntil === null ? reason : flap.holdReason },
    ]),
  );
}
