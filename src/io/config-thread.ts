/**
 * Reads a configuration in a thread that lives only for that. A file with thousands of members takes some hundred
 * milliseconds and tens of MiB to read: neither probes nor decisions wait for a reload, and the memory goes with the
 * thread.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Result } from "../base/result.ts";
import { freeze } from "../config/load.ts";
import type { Config } from "../core/model.ts";
import type { ConfigFailure, ConfigFile } from "./config-file.ts";

/** Reading that takes longer has hung, on a file system that does not answer, say. */
const readMsMax = 60_000;

interface Answer {
  readonly read: Result<ConfigFile, ConfigFailure>;
  readonly token: string | null;
}

/** As `readConfigFile`. */
export async function readConfigInThread(path: string): Promise<Result<ConfigFile, ConfigFailure>> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./config-reader.${extension}`, import.meta.url), {
    workerData: { path },
    name: "muster-config",
  });
  try {
    const [answer] = (await once(worker, "message", { signal: AbortSignal.timeout(readMsMax) })) as [Answer];
    const { read, token } = answer;
    return read.ok ? { ok: true, value: { ...read.value, config: revive(read.value.config, token) } } : read;
  } finally {
    await worker.terminate();
  }
}

function revive(config: Config, token: string | null): Config {
  const api = Object.defineProperty({ ...config.api, token }, "token", { enumerable: false });
  return freeze({ ...config, api });
}
