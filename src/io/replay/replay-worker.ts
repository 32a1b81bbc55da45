/** The thread of `replay-thread.ts`: plays one replay, sends what came of it, and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import { type ReplayRequest, replayRecord } from "../../roles/replay.ts";

assert(parentPort !== null, "replay-worker.ts runs in a thread");
parentPort.postMessage(replayRecord(workerData as ReplayRequest));
