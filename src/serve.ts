/**
 * `muster serve`: makes the parts, starts the controller over them, and takes all of it down again in order. This and
 * `program.ts` are the only places that know every part.
 */
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createApi } from "./api/app.ts";
import { listenApi } from "./api/listen.ts";
import { describeDifference } from "./config/difference.ts";
import { formatProblems, plannedTextName } from "./config/problem.ts";
import type { Config, Endpoint } from "./core/model.ts";
import type { Operator } from "./core/view.ts";
import { type Close, Closing } from "./io/closing.ts";
import { openAgentDesk } from "./io/agent/desk.ts";
import { createClock } from "./io/clock.ts";
import { type ConfigFile, isConfigUnchanged } from "./io/config-file.ts";
import { readConfigInThread } from "./io/config-thread.ts";
import { type EmbeddedNameserver, openNameserver } from "./io/dns/nameserver.ts";
import { startNotifications } from "./io/notify/notifications.ts";
import { createOperator, type OperatorParts } from "./io/operator.ts";
import { createOutside } from "./io/outside.ts";
import { watchOwnLinks } from "./io/own-links.ts";
import { judgePlacementWhole, PlacementRefused } from "./io/placement.ts";
import { withInjectedFaults } from "./io/probe/injected-faults.ts";
import { createProber } from "./io/probe/prober.ts";
import { describeMissingPrograms } from "./io/probe/programs-at-start.ts";
import { Recording } from "./io/recording/recording.ts";
import { startRehearsals } from "./io/rehearsal/rehearsals.ts";
import { Runner } from "./io/runner.ts";
import { openSqliteStore } from "./io/store/sqlite.ts";
import { watchFolder } from "./io/watch/authority.ts";
import { openWatchServer, type WatchServer } from "./io/watch/server.ts";
import type { Log } from "./ports/log.ts";

export interface ServeOptions {
  readonly version: string;
  readonly log: Log;
  /** Ends the program when aborted. */
  readonly signal: AbortSignal;
  /** Called with a function that reads the configuration again, once that is possible. */
  readonly onReloadable?: (reload: () => void) => void;
}

/** Lines of trouble that are read at a start, for alarms that are not over. */
const storyMax = 1000;

/** Serves until the signal. Rejects when it cannot begin: a port is taken, the database is damaged. */
export async function serve(read: ConfigFile, options: ServeOptions): Promise<void> {
  const closing = new Closing(options.log);
  try {
    await serveUntil(read, { ...options, closing });
  } finally {
    await closing.run();
  }
}

async function serveUntil(read: ConfigFile, options: ServeOptions & { closing: Closing }): Promise<void> {
  const { config } = read;
  const { closing, log, signal, version } = options;
  await refusePlacement(config, signal);
  const clock = createClock();
  await mkdir(dirname(config.state), { recursive: true });
  const store = await openSqliteStore({ path: config.state, log });
  closing.add("database", () => store.close());
  const nameserver = await openNameserver(config.dns, log);
  closing.add("DNS server", () => nameserver.close());
  const agents = openAgentDesk((config.watch?.listen ?? null) !== null);
  closing.add("desk of agents", () => agents.close());
  const prober = withInjectedFaults(createProber({ agents }), clock);
  closing.add("probes", () => prober.close());
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  const copies = `${config.state}.zones`;
  const story = await store.history({ kind: "trouble", limit: storyMax });
  const embedded = (): readonly Endpoint[] => nameserver.endpoints();
  const outside = createOutside({ clock, log, nameserver, copies, seed, story, embedded });
  closing.add("other nameservers", () => outside.close());
  const watchers = await openWatchers(config);
  if (watchers !== undefined) closing.add("watchers", () => watchers.close());
  const links = watchOwnLinks();
  closing.add("look at its own links", () => links.close());
  const recording = new Recording({ store, clock, log });
  closing.add("record of probes", () => recording.close());
  const around = { nameserver, outside, watchers, agents, links };
  const parts = { ...around, clock, prober, store, log, recording, seed };
  const runner = await Runner.start(config, parts);
  closing.add("controller", () => runner.stop());
  const told = new Set<string>();
  const tellPlacement = (wanted: Config): void =>
    void judgePlacementWhole(wanted, signal).then((findings) => {
      for (const { rule, sentence } of findings.filter((one) => !told.has(one.sentence))) {
        told.add(sentence);
        runner.dispatch({ kind: "trouble", subject: "muster", rule, sentence });
      }
    });
  const notifications = startNotifications({ runner, outside, clock, store, log });
  closing.add("notifications", () => notifications.close());
  const rehearsals = startRehearsals({ runner, clock, log, prober, outside });
  closing.add("rehearsals", () => rehearsals.close());
  const operator = createOperator({
    runner,
    clock,
    store,
    nameserver,
    outside,
    notifications,
    recording,
    rehearsals,
    version,
    readConfig: createReread(read, { signal, onAccepted: tellPlacement }),
  });
  closing.add("live stream", () => operator.close());
  closing.add("API", await openApi(config, { operator, version, log }));
  options.onReloadable?.(() => void operator.reload(null, null));
  const begin = async (): Promise<void> => {
    for (const sentence of await describeMissingPrograms(config)) log.warn(sentence);
    await runner.ready;
    if (signal.aborted) return;
    tellPlacement(config);
    log.info(`ready: DNS on ${describe(config.dns.listen)}, API and page on http://${describe([config.api.listen])}/`);
  };
  const over = Promise.race([aborted(signal), threadDeath(nameserver)]);
  // Who is told to end before it is ready ends.
  await Promise.race([begin(), over]);
  await over;
  runner.dispatch({ kind: "stopping" });
}

/** Rejects when muster must not run here. */
async function refusePlacement(config: Config, signal: AbortSignal): Promise<void> {
  if (config.placement !== "enforce") return;
  const findings = await judgePlacementWhole(config, signal);
  if (findings.length > 0) throw new PlacementRefused(findings);
}

/** Rejects when an answering thread dies: a server that answers on half its sockets is worse than a restart. */
function threadDeath(nameserver: EmbeddedNameserver): Promise<never> {
  return new Promise((_resolve, reject) => nameserver.onExit(reject));
}

async function openApi(config: Config, parts: { operator: Operator; version: string; log: Log }): Promise<Close> {
  const app = createApi({ ...parts, token: config.api.token, pageDir: findPage() });
  const listening = await listenApi(app, config.api.listen);
  return () => listening.close();
}

/** The built page lies beside the program when published, and in `dist` in a checkout. */
function findPage(): string | null {
  const candidates = ["./web", "../dist/web"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return candidates.find((path) => existsSync(`${path}/index.html`)) ?? null;
}

/**
 * Reads the file again and tells what differs; what needs a restart is told and left as it is. A file that has not
 * changed, nor its secrets, is not read twice: a reload is then about the zones' own files, and those are soon served.
 */
function createReread(
  start: ConfigFile,
  { onAccepted, signal }: { onAccepted: (config: Config) => void; signal: AbortSignal },
): OperatorParts["readConfig"] {
  const first = start.config;
  let current = first;
  let known: Pick<ConfigFile, "secretFiles" | "text"> = { secretFiles: start.secretFiles, text: start.text };
  return async (instead) => {
    if (instead === null && (await isConfigUnchanged(first.file, known))) {
      return { ok: true, config: current, sentences: [], accept: () => undefined };
    }
    const read = await readConfigInThread(first.file, instead);
    if (!read.ok) {
      const { problems, text: broken } = read.error;
      const placed = instead === null ? problems : problems.map((one) => ({ ...one, file: plannedTextName }));
      return { ok: false, problems: formatProblems(placed, broken).split("\n\n") };
    }
    const { config, secretFiles, text } = read.value;
    const misplaced = config.placement === "enforce" ? await judgePlacementWhole(config, signal) : [];
    if (misplaced.length > 0) return { ok: false, problems: misplaced.map(({ sentence }) => sentence) };
    const sentences = [...describeDifference(current, config), ...needsRestart(first, config)];
    const accept = (): void => {
      current = config;
      known = { text, secretFiles };
      onAccepted(config);
    };
    return { ok: true, config, sentences, accept };
  };
}

async function openWatchers({ state, watch }: Config): Promise<WatchServer | undefined> {
  if (watch === null || watch.listen === null) return undefined;
  return openWatchServer({ listen: watch.listen, folder: watchFolder(state) });
}

function needsRestart(running: Config, wanted: Config): readonly string[] {
  const parts = ["state", "dns", "api"] as const;
  const changed: string[] = parts.filter((part) => JSON.stringify(running[part]) !== JSON.stringify(wanted[part]));
  if (JSON.stringify(running.watch?.listen) !== JSON.stringify(wanted.watch?.listen)) changed.push("watch.listen");
  return changed.map((part) => `\`${part}\` has changed and takes effect after a restart`);
}

function describe(endpoints: Config["dns"]["listen"]): string {
  return endpoints.map(({ address, port }) => `${address.includes(":") ? `[${address}]` : address}:${port}`).join(", ");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
