/**
 * The controller's end: TLS 1.3 on a port of its own. Who has no certificate may do one thing, show a token; who has one
 * of this authority, and is enrolled and configured, is told what to look at and reports. All others are cut.
 */
import { type AddressInfo, isIP } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Endpoint, Target, WatcherConfig } from "../../core/model.ts";
import type { WatcherReport } from "../../core/vantage.ts";
import type { Watchers } from "../../ports/watchers.ts";
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

/** Rejects when the port is taken. */
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
  readonly #perAddress = new Map<string, number>();
  readonly #renewal: NodeJS.Timeout;
  #watchers: readonly WatcherConfig[] = [];
  #targets: readonly Target[] = [];
  #onReport: ((report: WatcherReport) => void) | null = null;
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

  listen({ address, port }: Endpoint): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, address, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) =>
          this.#onTrouble?.("watch/failed", `watchers cannot connect: ${error.message}`),
        );
        resolve();
      });
    });
  }

  get endpoint(): Endpoint {
    const { address, port } = this.#server.address() as AddressInfo;
    return { address, port };
  }

  assign({ targets, watchers }: Parameters<Watchers["assign"]>[0]): void {
    this.#watchers = watchers;
    this.#targets = targets;
    for (const [name, session] of this.#sessions) {
      const config = this.#configOf(name);
      if (config === null) session.refuse("it is not configured any more");
      else session.assign(this.#targets, config.references);
    }
  }

  confirm(targetId: string, except: string | null): void {
    for (const [name, session] of this.#sessions) if (name !== except) session.confirm(targetId);
  }

  onReport(listener: (report: WatcherReport) => void): void {
    this.#onReport = listener;
  }

  onTrouble(listener: (rule: string, sentence: string) => void): void {
    this.#onTrouble = listener;
  }

  async close(): Promise<void> {
    this.#onReport = null;
    this.#onTrouble = null;
    clearInterval(this.#renewal);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const session of this.#sessions.values()) session.cut("the controller ends");
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #configOf(name: string): WatcherConfig | null {
    return this.#watchers.find((watcher) => watcher.name === name) ?? null;
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
    socket.once("close", () => {
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
    if (this.#configOf(request.name) === null) return refuse("no such watcher is configured");
    try {
      const result = await enrol(this.#authority, request, this.#lifeMs);
      if (!result.ok) return refuse(result.why);
      this.#onTrouble?.("watch/enrolled", `watcher ${request.name} is enrolled, from ${from}`);
      return { kind: "certificate", certificate: result.certificate, authority: this.#authority.certificate };
    } catch (error) {
      return refuse(`the controller cannot enrol now: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #takeKnown(socket: TLSSocket): Promise<void> {
    const from = socket.remoteAddress;
    const session = await sessionOf(socket, {
      authority: this.#authority,
      isConfigured: (name) => this.#configOf(name) !== null,
      onReport: (report) => this.#onReport?.(report),
      onRefused: (why) => this.#refused(from, why),
      certify: (holder) => certify(this.#authority, holder, this.#lifeMs),
    });
    const config = session === null ? null : this.#configOf(session.name);
    if (session === null || config === null) return;
    const { name } = session;
    this.#sessions.get(name)?.cut("it has connected again");
    this.#sessions.set(name, session);
    session.onEnd((why) => {
      if (this.#sessions.get(name) !== session) return;
      this.#sessions.delete(name);
      this.#onTrouble?.("watch/gone", `watcher ${name} is gone: ${why}`);
    });
    this.#onTrouble?.("watch/connected", `watcher ${name} has connected, from ${from}`);
    session.assign(this.#targets, config.references);
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
