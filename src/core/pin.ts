/** A pinned name answers one thing, whatever its members do. Their health goes on being judged, and shown beside it. */
import { never } from "../base/time.ts";
import type { MemberConfig } from "./model.ts";
import type { Pin } from "./order.ts";
import type { Decision } from "./pool.ts";

/** A member that has what was pinned counts as answered; else there is only the address. */
export function decidePinned(members: readonly MemberConfig[], pin: Pin): Decision {
  const meant = members.filter(({ address, target }) => (target ?? address) === pin.address);
  return {
    members: meant,
    address: meant.length === 0 ? pin.address : null,
    lastResort: false,
    rule: "operator/pin",
    reason: `${pin.owner} pinned it, and failover is off: ${pin.reason}`,
    wakeAt: never,
    waitsForOperator: false,
  };
}
