/** Every benchmark there is. A new one is a file of the same shape and a line here. */
import { change } from "./benches/change.ts";
import { checks } from "./benches/checks.ts";
import { dns } from "./benches/dns.ts";
import { fault } from "./benches/fault.ts";
import { judgement } from "./benches/judgement.ts";
import { publish } from "./benches/publish.ts";
import type { Bench } from "./parts/types.ts";

export const benches: readonly Bench[] = [fault, checks, dns, change, publish, judgement];
