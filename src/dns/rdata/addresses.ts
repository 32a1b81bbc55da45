/** A (RFC 1035, 3.4.1) and AAAA (RFC 3596, 2.2). */
import { rrType } from "../rr-types.ts";
import { address, type RdataType } from "./field.ts";

export const addressTypes: readonly RdataType[] = [
  { type: rrType.A, fields: [address(4)] },
  { type: rrType.AAAA, fields: [address(6)] },
];
