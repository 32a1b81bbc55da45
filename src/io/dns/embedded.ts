/**
 * The embedded DNS server as the rest of muster sees it: a publisher that applies transactions, and the loading of
 * zones. The answering itself happens in threads of their own; this side only tells them of changes and waits until
 * every one has applied them.
 */
import { randomBytes } from "node:crypto";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import type { Endpoint, KeyConfig } from "../../core/model.ts";
import { addTotals, type CounterTotals, emptyTotals } from "../../dns/answer/counters.ts";
import { cookieSecretOctets } from "../../dns/cookie.ts";
import { nameKey } from "../../dns/name.ts";
import type { Name, RRset, ZonePast, ZoneTransaction } from "../../dns/types.ts";
import type { Log } from "../../ports/log.ts";
import type {
  FileComparison,
  LoadedZone,
  ZoneAccess,
  ZoneFileSource,
  ZoneRequest,
  ZoneSource,
} from "../../ports/nameserver.ts";
import type { Publisher, PublishOutcome } from "../../ports/publisher.ts";
import { AnswerThread, type ThreadEvents } from "./answer-thread.ts";
import type { Answer, Question, ThreadFigures, Word, ZoneFigures } from "./protocol.ts";
import { KnownBases } from "./known-bases.ts";
import { ListenFailure } from "../listen-failure.ts";
import { feedPieces, feedZone } from "./zone-feed.ts";
import { checkEndpointsFree } from "./socket.ts";
import { ThreadWords } from "./thread-words.ts";
import { receivePieces } from "./zone-pieces.ts";
import { compareZoneFile, readZoneFile, type ZoneReading, type ZoneReadingRequest } from "./zone-reading.ts";

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
  /** What became of transfers, NOTIFY, UPDATE and signatures. */
  readonly exchange: Readonly<Record<string, number>>;
}

export interface EmbeddedDns extends Publisher {
  /** As bound. */
  readonly endpoints: readonly Endpoint[];
  /** Opens further listeners, for a server that was started with none. Fails with `ListenFailure`. */
  listen(endpoints: readonly Endpoint[]): Promise<void>;
  /** Loads or replaces a zone. On errors (sentences with file and line) what was served goes on. */
  loadZone(source: ZoneSource): Promise<Result<LoadedZone, readonly string[]>>;
  /** What loading the file would change of what is served. */
  compareFile(source: ZoneFileSource): Promise<Result<FileComparison, readonly string[]>>;
  openZone(request: {
    origin: Name;
    serial: number;
    past: ZonePast | null;
  }): Promise<{ serial: number; digest: string }>;
  removeZone(origin: Name): Promise<void>;
  readZone(origin: Name): AsyncIterable<readonly RRset[]>;
  allow(access: readonly ZoneAccess[], keys: readonly KeyConfig[]): Promise<void>;
  onRequest(listener: (request: ZoneRequest) => void): void;
  counters(): Promise<EmbeddedCounters>;
  /** Called when a thread ends that nobody closed. The server is incomplete from then on: close it, start another. */
  onExit(listener: (error: Error) => void): void;
}

/** Starts the threads and waits until all listen. Fails with `ListenFailure` (its `code` is stable). */
export async function startEmbeddedDns(options: EmbeddedDnsOptions): Promise<EmbeddedDns> {
  const exits = new Exits();
  const ear = new Ear();
  const cookieSecret = new Uint8Array(randomBytes(cookieSecretOctets));
  const threads: AnswerThread[] = [];
  let endpoints = options.listen;
  // Sockets that share a port would share it with another program of the same user as well, in silence.
  if (options.threads > 1) await checkEndpointsFree(endpoints);
  try {
    for (let at = 0; at < options.threads; at++) {
      const setup = {
        listen: endpoints,
        nsid: options.nsid,
        cookieSecret,
        shared: options.threads > 1,
        first: at === 0,
      };
      const events: ThreadEvents = {
        onExit: (error) => exits.tell(error),
        onWord: (word, thread) => ear.hear(word, thread),
      };
      const started = await AnswerThread.start(setup, events);
      threads.push(started.thread);
      endpoints = started.endpoints;
    }
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.close()));
    throw error;
  }
  return new Embedded({ threads, endpoints, exits, ear, log: options.log });
}

/** What threads say before anybody listens is lost; there are no zones by then. */
class Ear {
  hear: (word: Word, thread: AnswerThread) => void = () => undefined;
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
  readonly ear: Ear;
  readonly log: Log;
}

/** A request to one thread or all that was answered with a reason instead. */
class DnsRequestRefused extends Error {
  override readonly name = "DnsRequestRefused";
  readonly code = "dns/refused";
}

interface ThreadsToFeed extends Pick<ZoneReadingRequest, "before" | "ports"> {
  readonly replies: Promise<readonly Answer[]>;
}

function refusalIn(answers: readonly Answer[]): string | null {
  for (const answer of answers) if (answer.kind === "refused") return answer.reason;
  return null;
}

function addFigures(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(from)) into[name] = (into[name] ?? 0) + count;
}

class Embedded implements EmbeddedDns {
  readonly name = "embedded";
  endpoints: readonly Endpoint[];
  private readonly parts: Parts;
  /** Loads of one zone follow one another; the last asked for is the last served. */
  private readonly loads = new Map<string, Promise<unknown>>();

  private readonly bases = new KnownBases();
  private readonly words: ThreadWords;

  constructor(parts: Parts) {
    this.parts = parts;
    this.endpoints = parts.endpoints;
    this.words = new ThreadWords({ log: parts.log, ask: (question) => this.askFirst(question) });
    parts.ear.hear = (word, thread) => this.words.hear(word, thread);
  }

  private askFirst(question: Question, transfer: readonly MessagePort[] = []): Promise<Answer> {
    const [first] = this.parts.threads;
    assert(first !== undefined, "there is at least one answering thread");
    return first.ask(question, transfer);
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
    this.bases.publish(transaction);
    try {
      const answers = await this.askAll({ kind: "publish", transaction });
      const reason = refusalIn(answers);
      if (reason !== null) return { kind: "conflict", reason };
      const [first] = answers;
      assert(first?.kind === "published", "a transaction is published or refused");
      return { kind: "ok", serial: first.serial, delta: first.delta, digest: first.digest };
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
    const { origin } = source;
    const channels = this.parts.threads.map(() => new MessageChannel());
    const replies = Promise.all(
      this.parts.threads.map((thread, at) => {
        const pieces = (channels[at] as MessageChannel).port2;
        return thread.ask({ kind: "load", origin, pieces }, [pieces]);
      }),
    );
    const ports = channels.map(({ port1 }) => port1);
    const key = nameKey(origin);
    const before = "file" in source ? this.bases.get(key) : null;
    const reading = await this.feed(source, { before, ports, replies });
    const refusal = refusalIn(await replies);
    const isOvertaken = before !== null && before !== this.bases.get(key);
    const accept = reading.ok && refusal === null && !isOvertaken;
    if (accept) this.bases.set(key, reading.value.pieces);
    const settled = await this.askAll({ kind: "settle", origin: key, accept });
    if (!reading.ok) return reading;
    // What differs was found beside a base that is not there any more.
    if (isOvertaken && this.bases.isServed(key)) return this.load(source);
    const [first] = settled;
    if (first?.kind !== "settled") {
      if (accept) this.bases.set(key, null);
      return fail([refusal ?? refusalIn(settled) ?? "no thread took the zone"]);
    }
    const { serial, names, changed, delta, digest } = first;
    return ok({ serial, names, warnings: reading.value.warnings, changed, delta, digest });
  }

  /** A zone that was not read from a file has nothing that the file could lose. */
  async compareFile(source: ZoneFileSource): Promise<Result<FileComparison, readonly string[]>> {
    return compareZoneFile(source, this.bases.get(nameKey(source.origin)) ?? []);
  }

  /** Feeds the threads from the source. Gives up as soon as a thread has ended. */
  private async feed(source: ZoneSource, { replies, ...to }: ThreadsToFeed): Promise<ZoneReading> {
    const { ports } = to;
    const died = new Promise<never>((_resolve, reject) => void replies.catch(reject));
    try {
      if ("file" in source) return await Promise.race([readZoneFile(source, to), died]);
      const feeding = "pieces" in source ? feedPieces(ports, source.pieces) : feedZone(ports, source.rrsets);
      await Promise.race([feeding, died]);
      return ok({ warnings: [], pieces: null });
    } finally {
      // A port that closes before the end of a zone makes its thread forget what it has of it.
      for (const port of ports) port.close();
    }
  }

  async openZone(request: {
    origin: Name;
    serial: number;
    past: ZonePast | null;
  }): Promise<{ serial: number; digest: string }> {
    const origin = nameKey(request.origin);
    this.bases.opened(origin);
    const answers = await this.askAll({ ...request, kind: "open", origin });
    const [first] = answers;
    if (first?.kind === "opened") return { serial: first.serial, digest: first.digest };
    this.bases.removed(origin);
    throw new DnsRequestRefused(refusalIn(answers) ?? "no thread opened the zone");
  }

  readZone(origin: Name): AsyncIterable<readonly RRset[]> {
    const { port1, port2 } = new MessageChannel();
    const asked = this.askFirst({ kind: "read", origin: nameKey(origin), pieces: port2 }, [port2]);
    return receivePieces(
      port1,
      asked.then((answer) => refusalIn([answer])),
    );
  }

  async allow(access: readonly ZoneAccess[], keys: readonly KeyConfig[]): Promise<void> {
    // A configuration's secret is a hidden property, which a message would lose.
    const whole = keys.map(({ algorithm, name, secret }) => ({ algorithm, name, secret }));
    await this.askAll({ kind: "allow", access, keys: whole });
  }

  onRequest(listener: (request: ZoneRequest) => void): void {
    this.words.listen(listener);
  }

  async removeZone(origin: Name): Promise<void> {
    this.bases.removed(nameKey(origin));
    await this.askAll({ kind: "remove", origin: nameKey(origin) });
  }

  async counters(): Promise<EmbeddedCounters> {
    const answers = await this.askAll({ kind: "counters" });
    const all = answers.flatMap((answer): ThreadFigures[] => (answer.kind === "figures" ? [answer.figures] : []));
    const totals = emptyTotals();
    for (const figures of all) addTotals(totals, figures.totals);
    const exchange: Record<string, number> = {};
    for (const figures of all) addFigures(exchange, figures.exchange);
    const sum = (pick: (figures: ThreadFigures) => number): number => all.reduce((so, far) => so + pick(far), 0);
    return {
      ...totals,
      exchange,
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
