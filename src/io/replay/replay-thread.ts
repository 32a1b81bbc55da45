/**
 * Replays in a thread that lives only for that: it may take a minute of one processor, and neither probes nor decisions
 * wait for it.
 */
import { once } from "node:events";
import type { ReplayReport } from "../../core/replay.ts";
import type { ReplayRequest } from "../../roles/replay.ts";
import { startThread } from "../threads.ts";

/** Memory of the thread; a record that needs more is too much for one replay. */
const heapMiBMax = 512;

/** Rejects when the thread fails, or when it takes longer than `msMax`. */
export async function replayInThread(request: ReplayRequest, msMax: number): Promise<ReplayReport> {
  const worker = startThread("replay/replay-worker", {
    workerData: request,
    name: "muster-replay",
    resourceLimits: { maxOldGenerationSizeMb: heapMiBMax },
  });
  try {
    const [report] = (await once(worker, "message", { signal: AbortSignal.timeout(msMax) })) as [ReplayReport];
    return report;
  } finally {
    await worker.terminate();
  }
}
