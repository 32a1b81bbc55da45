/** The thread of `config-thread.ts`: reads one configuration, sends it, and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { readConfigFile, readConfigText } from "./config-file.ts";
import { secretsOf } from "./config-secrets.ts";

assert(parentPort !== null, "config-reader.ts runs in a thread");
const { path, text } = workerData as { readonly path: string; readonly text: string | null };
const read = text === null ? await readConfigFile(path) : readConfigText(path, text);
parentPort.postMessage({ read, secrets: read.ok ? secretsOf(read.value.config) : null });
