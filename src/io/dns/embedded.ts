/**
 * The embedded DNS server as the rest of muster sees it: a publisher that applies transactions, and the loading of
 * zones. The answering itself happens in threads of their own; this side only tells them of changes and waits until
 * every one has applied them.
 */
import { randomBytes } from "node:crypto";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Endpoint } from "../../core/model.ts";
import { addTotals, type CounterTotals, emptyTotals } from "../../dns/answer/counters.ts";
import { cookieSecretOctets } from "../../dns/cookie.ts";
import { nameKey } from "../../dns/name.ts";
import type { Name, ZoneTransaction } from "../../dns/types.ts";
import type { Log } from "../../ports/log.ts";
import type { LoadedZone, ZoneSource } from "../../ports/nameserver.ts";
import type { Publisher, PublishOutcome } from "../../ports/publisher.ts";
import { AnswerThread } from "./answer-thread.ts";
import type { Answer, Question, ThreadFigures, ZoneFigures } from "./protocol.ts";
import { ListenFailure } from "./listen-failure.ts";
import { feedZone } from "./zone-feed.ts";
import { checkEndpointsFree } from "./socket.ts";
import { readZoneFile, type ZoneReading } from "./zone-reading.ts";

export interface EmbeddedDnsOptions {
  /** Port 0 takes a free one. */
  readonly listen: readonly Endpoint[];
  readonly nsid: string | null;
  readonly threads: number;
  readonly log: Log;
}

export interface EmbeddedCounters extends CounterTotals {
  readonly zones: readonly ZoneFigures[];
  readonly threads: number;
  readonly tcpConnections: number;
  readonly keptQuestions: number;
  readonly heapBytes: number;
}

export interface EmbeddedDns extends Publisher {
  /** As bound. */
  readonly endpoints: readonly Endpoint[];
  /** Opens further listeners, for a server that was started with none. Fails with `ListenFailure`. */
  listen(endpoints: readonly Endpoint[]): Promise<void>;
  /** Loads or replaces a zone. On errors (sentences with file and line) what was served goes on. */
  loadZone(source: ZoneSource): Promise<Result<LoadedZone, readonly string[]>>;
  removeZone(origin: Name): Promise<void>;
  counters(): Promise<EmbeddedCounters>;
  /** Called when a thread ends that nobody closed. The server is incomplete from then on: close it, start another. */
  onExit(listener: (error: Error) => void): void;
}

/** Starts the threads and waits until all listen. Fails with `ListenFailure` (its `code` is stable). */
export async function startEmbeddedDns(options: EmbeddedDnsOptions): Promise<EmbeddedDns> {
  const exits = new Exits();
  const cookieSecret = new Uint8Array(randomBytes(cookieSecretOctets));
  const threads: AnswerThread[] = [];
  let endpoints = options.listen;
  // Sockets that share a port would share it with another program of the same user as well, in silence.
  if (options.threads > 1) await checkEndpointsFree(endpoints);
  try {
    for (let at = 0; at < options.threads; at++) {
      const setup = { listen: endpoints, nsid: options.nsid, cookieSecret, shared: options.threads > 1 };
      const started = await AnswerThread.start(setup, (error) => exits.tell(error));
      threads.push(started.thread);
      endpoints = started.endpoints;
    }
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.close()));
    throw error;
  }
  return new Embedded({ threads, endpoints, exits, log: options.log });
}

/** Remembers a death that comes before anybody listens. */
class Exits {
  private error: Error | null = null;
  private listener: ((error: Error) => void) | null = null;

  tell(error: Error): void {
    this.error ??= error;
    this.listener?.(error);
  }

  listen(listener: (error: Error) => void): void {
    this.listener = listener;
    if (this.error !== null) listener(this.error);
  }
}

interface Parts {
  readonly threads: readonly AnswerThread[];
  readonly endpoints: readonly Endpoint[];
  readonly exits: Exits;
  readonly log: Log;
}

function refusalIn(answers: readonly Answer[]): string | null {
  for (const answer of answers) if (answer.kind === "refused") return answer.reason;
  return null;
}

class Embedded implements EmbeddedDns {
  readonly name = "embedded";
  endpoints: readonly Endpoint[];
  private readonly parts: Parts;
  /** Loads of one zone follow one another; the last asked for is the last served. */
  private readonly loads = new Map<string, Promise<unknown>>();

  constructor(parts: Parts) {
    this.parts = parts;
    this.endpoints = parts.endpoints;
  }

  private askAll(question: Question): Promise<readonly Answer[]> {
    return Promise.all(this.parts.threads.map((thread) => thread.ask(question)));
  }

  async listen(endpoints: readonly Endpoint[]): Promise<void> {
    if (this.parts.threads.length > 1) await checkEndpointsFree(endpoints);
    let wanted = endpoints;
    for (const thread of this.parts.threads) {
      const answer = await thread.ask({ kind: "listen", listen: wanted });
      if (answer.kind === "listen-failed") throw new ListenFailure(answer.trouble);
      if (answer.kind === "listening") wanted = answer.endpoints;
    }
    this.endpoints = [...this.endpoints, ...wanted];
  }

  async publish(transaction: ZoneTransaction): Promise<PublishOutcome> {
    try {
      const reason = refusalIn(await this.askAll({ kind: "publish", transaction }));
      return reason === null ? { kind: "ok", delta: null, digest: "" } : { kind: "conflict", reason };
    } catch (error) {
      return { kind: "unknown", reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async loadZone(source: ZoneSource): Promise<Result<LoadedZone, readonly string[]>> {
    const key = nameKey(source.origin);
    const before = this.loads.get(key) ?? Promise.resolve();
    const load = before.catch(() => undefined).then(() => this.load(source));
    this.loads.set(key, load);
    try {
      return await load;
    } finally {
      if (this.loads.get(key) === load) this.loads.delete(key);
    }
  }

  private async load(source: ZoneSource): Promise<Result<LoadedZone, readonly string[]>> {
    const channels = this.parts.threads.map(() => new MessageChannel());
    const keepOverlay = "file" in source;
    const replies = Promise.all(
      this.parts.threads.map((thread, at) => {
        const pieces = (channels[at] as MessageChannel).port2;
        return thread.ask({ kind: "load", origin: source.origin, keepOverlay, pieces }, [pieces]);
      }),
    );
    const ports = channels.map(({ port1 }) => port1);
    const reading = await this.feed(source, ports, replies);
    if (!reading.ok) return reading;
    const answers = await replies;
    const loaded = answers[0];
    if (loaded?.kind === "loaded") return ok({ serial: loaded.serial, names: loaded.names, warnings: reading.value });
    return fail([refusalIn(answers) ?? "no thread took the zone"]);
  }

  /** Feeds the threads from the source. Gives up as soon as a thread has ended. */
  private async feed(
    source: ZoneSource,
    ports: readonly MessagePort[],
    replies: Promise<unknown>,
  ): Promise<ZoneReading> {
    const died = new Promise<never>((_resolve, reject) => void replies.catch(reject));
    try {
      if ("file" in source) return await Promise.race([readZoneFile(source, ports), died]);
      await Promise.race([feedZone(ports, source.rrsets), died]);
      return ok([]);
    } finally {
      // A port that closes before the end of a zone makes its thread forget what it has of it.
      for (const port of ports) port.close();
    }
  }

  async removeZone(origin: Name): Promise<void> {
    await this.askAll({ kind: "remove", origin: nameKey(origin) });
  }

  async counters(): Promise<EmbeddedCounters> {
    const answers = await this.askAll({ kind: "counters" });
    const all = answers.flatMap((answer): ThreadFigures[] => (answer.kind === "figures" ? [answer.figures] : []));
    const totals = emptyTotals();
    for (const figures of all) addTotals(totals, figures.totals);
    const sum = (pick: (figures: ThreadFigures) => number): number => all.reduce((so, far) => so + pick(far), 0);
    return {
      ...totals,
      zones: all[0]?.zones ?? [],
      threads: all.length,
      tcpConnections: sum(({ tcpConnections }) => tcpConnections),
      keptQuestions: sum(({ keptQuestions }) => keptQuestions),
      heapBytes: sum(({ heapBytes }) => heapBytes),
    };
  }

  onExit(listener: (error: Error) => void): void {
    this.parts.exits.listen(listener);
  }

  async close(): Promise<void> {
    await Promise.all(this.parts.threads.map((thread) => thread.close()));
    this.parts.log.debug("The embedded DNS server has stopped.");
  }
}
