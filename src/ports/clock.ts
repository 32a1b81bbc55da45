import type { Now } from "../base/time.ts";

/** The only source of time. The runner reads it once for each event and passes the reading down. */
export interface Clock {
  now(): Now;
}
