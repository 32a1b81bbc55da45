/** The thread of `config-thread.ts`: reads one configuration, sends it, and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { readConfigFile } from "./config-file.ts";

assert(parentPort !== null, "config-reader.ts runs in a thread");
const read = await readConfigFile((workerData as { readonly path: string }).path);
// The token is a hidden property, which a message would lose.
parentPort.postMessage({ read, token: read.ok ? read.value.config.api.token : null });
