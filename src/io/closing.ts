/**
 * How muster ends: parts are closed one after the other, the last that was opened first, since each may need those before
 * it. One that does not close in time is told and left, so that the next ones, the database above all, are still closed in
 * order. What hangs in the system itself, a file system that is gone for one, would keep the process for ever, and
 * `process.exit` too would wait for it: then the process kills itself.
 */
import type { Log } from "../ports/log.ts";

/** For one part. The database has five seconds of its own. */
export const closeMsMax = 6_000;
/** From the signal to the end, whatever hangs. */
export const stopMsMax = 20_000;
/** From the last part to the end of the process. */
export const lingerMsMax = 3_000;

const lastWordMs = 200;

export type Close = () => Promise<void> | void;

export class Closing {
  readonly #parts: { readonly name: string; readonly close: Close }[] = [];
  readonly #log: Log;
  readonly #msMax: number;

  constructor(log: Log, msMax = closeMsMax) {
    this.#log = log;
    this.#msMax = msMax;
  }

  /** `name` is what people read: `notifications`. */
  add(name: string, close: Close): void {
    this.#parts.push({ name, close });
  }

  /** Never rejects. */
  async run(): Promise<void> {
    for (const { close, name } of this.#parts.splice(0).reverse()) {
      const why = await closeWithin(close, this.#msMax);
      if (why !== null) this.#log.warn(`muster stops without its ${name}: ${why}.`);
    }
  }
}

/** Null: it is closed. */
async function closeWithin(close: Close, msMax: number): Promise<string | null> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`not closed within ${msMax} ms`), msMax);
  const closed = async (): Promise<null> => {
    await close();
    return null;
  };
  try {
    return await Promise.race([closed(), late.promise]);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Kills this process unless it has ended by itself by then. */
export function leaveAfter(ms: number, log: Log): void {
  const leave = (): void => {
    const left = [...new Set(process.getActiveResourcesInfo())].join(", ");
    log.error(`muster has not ended ${ms} ms after it should have, and kills itself; still there: ${left}.`);
    // The line is still on its way to whoever reads it.
    setTimeout(() => process.kill(process.pid, "SIGKILL"), lastWordMs);
  };
  setTimeout(leave, ms).unref();
}
