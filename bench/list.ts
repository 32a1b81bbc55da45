/** Every benchmark there is. A new one is a file of the same shape and a line here. */
import { fault } from "./benches/fault.ts";
import type { Bench } from "./parts/types.ts";

export const benches: readonly Bench[] = [fault];
