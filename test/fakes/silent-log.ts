/** A log that says nothing. */
import type { Log } from "../../src/ports/log.ts";

const silence = (): void => undefined;

export const silentLog: Log = { debug: silence, info: silence, warn: silence, error: silence };
