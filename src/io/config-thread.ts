/**
 * Reads a configuration in a thread that lives only for that. A file with thousands of members takes some hundred
 * milliseconds and tens of MiB to read: neither probes nor decisions wait for a reload, and the memory goes with the
 * thread.
 */
import { once } from "node:events";
import { freeze } from "../base/freeze.ts";
import type { Result } from "../base/result.ts";
import type { ConfigFailure, ConfigFile } from "./config-file.ts";
import { type ConfigSecrets, withSecrets } from "./config-secrets.ts";
import { startThread } from "./threads.ts";

/** Reading that takes longer has hung, on a file system that does not answer, say. */
const readMsMax = 60_000;

interface Answer {
  readonly read: Result<ConfigFile, ConfigFailure>;
  readonly secrets: ConfigSecrets | null;
}

/** As `readConfigFile`. */
export async function readConfigInThread(
  path: string,
  text: string | null = null,
): Promise<Result<ConfigFile, ConfigFailure>> {
  const worker = startThread("config-reader", { workerData: { path, text }, name: "muster-config" });
  try {
    const [answer] = (await once(worker, "message", { signal: AbortSignal.timeout(readMsMax) })) as [Answer];
    const { read, secrets } = answer;
    if (!read.ok || secrets === null) return read;
    return { ok: true, value: { ...read.value, config: freeze(withSecrets(read.value.config, secrets)) } };
  } finally {
    await worker.terminate();
  }
}
