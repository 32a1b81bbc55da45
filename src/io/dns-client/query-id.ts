/** Message ids that nobody can guess (RFC 5452, 4.3). */
import { randomInt } from "node:crypto";

export function newMessageId(): number {
  return randomInt(0x10000);
}
