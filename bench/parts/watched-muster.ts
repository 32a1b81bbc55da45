/** muster as its manual advises: with a reference, and with watchers in other places, so that three vantage points vote. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram, startMusterWith, startProgram } from "./muster.ts";
import type { Place } from "./places.ts";
import { makeFolder, type Running, waitUntil } from "./processes.ts";
import { freePort, type Service, type Started } from "./service.ts";

const watchersMsMax = 60_000;

export interface Vantage {
  /** Where the controller is, in the network that is looked at. */
  readonly controller: string;
  readonly watchers: readonly Place[];
  readonly reference: string;
}

export async function startWatchedMuster(service: Service, vantage: Vantage): Promise<Started> {
  const port = await freePort();
  const names = vantage.watchers.map((_, i) => `watch${i + 1}`);
  const references = `references: { check: { ping: true }, addresses: [${vantage.reference}] }`;
  const top = `watch: { listen: "${vantage.controller}:${port}" }
watchers: { ${names.map((name) => `${name}: { ${references} }`).join(", ")} }
${references}
`;
  const started = await startMusterWith(service, { zone: "", top });
  for (const [i, place] of vantage.watchers.entries()) {
    const name = names[i] ?? "";
    const folder = await makeFolder(name);
    const tokenFile = join(folder, "token");
    const [token = ""] = (await runProgram(["watch", "enrol", name, join(service.folder, "muster.yaml")])).split("\n");
    await writeFile(tokenFile, token, { mode: 0o600 });
    const words = ["watch", "--controller", `${vantage.controller}:${port}`, "--folder", join(folder, "own")];
    startProgram([...words, "--token-file", tokenFile], { namespace: place.namespace, cwd: folder });
  }
  await awaitWatchers(started.running, names);
  const settings = `${started.settings}; one reference, ${names.length} watchers, quorum majority as by default`;
  return { ...started, settings };
}

function awaitWatchers(running: Running, names: readonly string[]): Promise<void> {
  const isThere = (name: string): boolean => running.log().includes(`watcher ${name} has connected`);
  return waitUntil(() => names.every(isThere), { what: "watchers that connect", msMax: watchersMsMax, running });
}
