/**
 * The controller's end: TLS 1.3 on a port of its own, for watchers and agents. Who has no certificate may do one thing,
 * show a token; who has one of this authority, and is enrolled and configured, is told what to look at and reports. All
 * others are cut.
 */
import { type AddressInfo, isIP } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { AgentReport } from "../../core/agent.ts";
import type { Endpoint } from "../../core/model.ts";
import type { WatcherReport } from "../../core/vantage.ts";
import type { Watchers } from "../../ports/watchers.ts";
import { type ListenCode, type ListenFailure, listenFailure } from "../listen-failure.ts";
import { type Authority, certify, enrol, openAuthority, serverCertificate } from "./authority.ts";
import { Frames } from "./frames.ts";
import {
  certificateMsDefault,
  connectionsMax,
  connectionsPerAddressMax,
  patienceMs,
  protocolVersion,
  strangerOctetsMax,
  tellRefusalMs,
} from "./limits.ts";
import { readFromStranger } from "./messages.ts";
import { Seats } from "./seats.ts";
import { type Session, sessionOf } from "./session.ts";

export interface WatchServerOptions {
  readonly listen: Endpoint;
  readonly folder: string;
  /** Absent: seven days. */
  readonly certificateMs?: number;
}

export interface WatchServer extends Watchers {
  readonly endpoint: Endpoint;
  close(): Promise<void>;
}

/** Nobody could report: the code and the sentence say why, and which option moves the port. */
export class WatchListenError extends Error {
  override readonly name = "WatchListenError";
  readonly code: ListenCode;

  constructor(failure: ListenFailure) {
    const option = "The address that watchers and agents report to is `watch.listen` in the configuration.";
    super(`${failure.message} ${option}`, { cause: failure });
    this.code = failure.code;
  }
}

/** Rejects with `WatchListenError`, as when the port is taken. */
export async function openWatchServer(options: WatchServerOptions): Promise<WatchServer> {
  const server = new TlsWatchServer(options, await openAuthority(options.folder));
  await server.listen(options.listen);
  return server;
}

class TlsWatchServer implements WatchServer {
  readonly #authority: Authority;
  readonly #lifeMs: number;
  readonly #server: Server;
  readonly #sessions = new Map<string, Session>();
  readonly #sockets = new Set<TLSSocket>();
  /** Those below, from before the handshake on: the server closes when all are gone, and waits for whoever says nothing. */
  readonly #raw = new Set<{ destroy(): unknown }>();
  readonly #perAddress = new Map<string, number>();
  readonly #renewal: NodeJS.Timeout;
  readonly #seats = new Seats({
    onReport: (report) => this.#onReport?.(report),
    onAgentReport: (report) => this.#onAgentReport?.(report.agent, report),
  });
  #onReport: ((report: WatcherReport) => void) | null = null;
  #onAgentReport: ((name: string, report: AgentReport | null) => void) | null = null;
  #onTrouble: ((rule: string, sentence: string) => void) | null = null;
  readonly #toldAt = new Map<string, number>();

  constructor(options: WatchServerOptions, authority: Authority) {
    this.#authority = authority;
    this.#lifeMs = options.certificateMs ?? certificateMsDefault;
    const tls = {
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.3",
      handshakeTimeout: patienceMs,
    } as const;
    this.#server = createServer({ ...tls, ...serverCertificate(authority, this.#lifeMs) }, (socket) =>
      this.#take(socket),
    );
    this.#server.maxConnections = connectionsMax;
    this.#server.on("connection", (socket) => this.#count(socket));
    this.#server.on("tlsClientError", (error, { remoteAddress }) => this.#refused(remoteAddress, error.message));
    this.#renewal = setInterval(
      () => {
        this.#server.setSecureContext({ ...tls, ...serverCertificate(authority, this.#lifeMs) });
      },
      Math.min(this.#lifeMs / 2, 86_400_000),
    );
    this.#renewal.unref();
  }

  listen(endpoint: Endpoint): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (cause: Error): void =>
        reject(new WatchListenError(listenFailure({ endpoint, transport: "tcp", cause })));
      this.#server.once("error", fail);
      this.#server.listen(endpoint.port, endpoint.address, () => {
        this.#server.off("error", fail);
        this.#server.on("error", (error) =>
          this.#onTrouble?.("watch/failed", `watchers and agents cannot connect: ${error.message}`),
        );
        resolve();
      });
    });
  }

  get endpoint(): Endpoint {
    const { address, port } = this.#server.address() as AddressInfo;
    return { address, port };
  }

  assign(work: Parameters<Watchers["assign"]>[0]): void {
    this.#seats.set(work);
    for (const [name, session] of this.#sessions) {
      const seat = this.#seats.find(name);
      if (seat === null) session.refuse("it is not configured any more");
      else seat.assign(session);
    }
  }

  confirm(targetId: string, except: string | null): void {
    for (const [name, session] of this.#sessions) {
      if (name !== except && this.#seats.find(name)?.noun === "watcher") session.send({ kind: "confirm", targetId });
    }
  }

  onReport(listener: (report: WatcherReport) => void): void {
    this.#onReport = listener;
  }

  onAgentReport(listener: (name: string, report: AgentReport | null) => void): void {
    this.#onAgentReport = listener;
  }

  onTrouble(listener: (rule: string, sentence: string) => void): void {
    this.#onTrouble = listener;
  }

  async close(): Promise<void> {
    this.#onReport = null;
    this.#onAgentReport = null;
    this.#onTrouble = null;
    clearInterval(this.#renewal);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const session of this.#sessions.values()) session.cut("the controller ends");
    for (const socket of [...this.#sockets, ...this.#raw]) socket.destroy();
    await closed;
  }

  /** Before the handshake: one address cannot take all places. */
  #count(socket: {
    remoteAddress?: string | undefined;
    destroy(): unknown;
    once(event: "close", run: () => void): unknown;
  }): void {
    const address = socket.remoteAddress ?? "";
    const count = (this.#perAddress.get(address) ?? 0) + 1;
    this.#perAddress.set(address, count);
    this.#raw.add(socket);
    socket.once("close", () => {
      this.#raw.delete(socket);
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
    if (count > connectionsPerAddressMax) socket.destroy();
  }

  #take(socket: TLSSocket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (socket.getPeerX509Certificate() === undefined) return this.#takeStranger(socket);
    if (socket.authorized) void this.#takeKnown(socket);
    else {
      const why = String(socket.authorizationError);
      socket.on("error", () => undefined);
      socket.destroy();
      this.#refused(socket.remoteAddress, `a certificate that does not count: ${why}`);
    }
  }

  /** Who shows no certificate may send one message, and gets one answer. */
  #takeStranger(socket: TLSSocket): void {
    const from = socket.remoteAddress;
    const limit = setTimeout(() => frames.cut("it did not say in time what it wants"), patienceMs);
    let answered = false;
    const frames = new Frames(socket, {
      octetsMax: strangerOctetsMax,
      onMessage: (text) => {
        if (answered) return frames.cut("it sends more than one message");
        answered = true;
        void this.#enrol(text, from).then((answer) => {
          frames.send({ v: protocolVersion, ...answer });
          frames.finish("answered");
        });
      },
      onEnd: (why) => {
        clearTimeout(limit);
        if (why !== "answered") this.#refused(from, why);
      },
    });
  }

  async #enrol(text: string, from: string | undefined): Promise<object> {
    const request = readFromStranger(text);
    const refuse = (why: string): object => {
      this.#refused(from, why);
      return { kind: "refused", why };
    };
    if (request === null) return refuse("this is no enrolment");
    const seat = this.#seats.find(request.name);
    if (seat === null) return refuse("nobody of this name is configured");
    try {
      const result = await enrol(this.#authority, request, this.#lifeMs);
      if (!result.ok) return refuse(result.why);
      this.#onTrouble?.("watch/enrolled", `${seat.noun} ${request.name} is enrolled, from ${from}`);
      return { kind: "certificate", certificate: result.certificate, authority: this.#authority.certificate };
    } catch (error) {
      return refuse(`the controller cannot enrol now: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #takeKnown(socket: TLSSocket): Promise<void> {
    const from = socket.remoteAddress;
    const session = await sessionOf(socket, {
      authority: this.#authority,
      roleOf: (name) => this.#seats.find(name),
      onRefused: (why) => this.#refused(from, why),
      certify: (holder) => certify(this.#authority, holder, this.#lifeMs),
    });
    const seat = session === null ? null : this.#seats.find(session.name);
    if (session === null || seat === null) return;
    const { name } = session;
    const { noun } = seat;
    this.#sessions.get(name)?.cut("it has connected again");
    this.#sessions.set(name, session);
    session.onEnd((why) => {
      if (this.#sessions.get(name) !== session) return;
      this.#sessions.delete(name);
      if (noun === "agent") this.#onAgentReport?.(name, null);
      else this.#onTrouble?.("watch/gone", `watcher ${name} is gone: ${why}`);
    });
    // Agents come and go, some with each report; what matters of that is told of their words.
    if (noun === "watcher") this.#onTrouble?.("watch/connected", `watcher ${name} has connected, from ${from}`);
    seat.assign(session);
  }

  /** A port that anybody can reach must not fill the story. */
  #refused(from: string | undefined, why: string): void {
    const now = performance.now();
    const host = from !== undefined && isIP(from) !== 0 ? from : "somebody";
    if (now - (this.#toldAt.get(host) ?? -tellRefusalMs) < tellRefusalMs) return;
    if (this.#toldAt.size >= connectionsMax) this.#toldAt.clear();
    this.#toldAt.set(host, now);
    this.#onTrouble?.("watch/refused", `a connection of ${host} to the watchers' port was refused: ${why}`);
  }
}
