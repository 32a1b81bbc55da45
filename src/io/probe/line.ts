/**
 * One connection to a member, plain or TLS, stripped to four events for its present owner: opened, bytes, ended,
 * and nothing after `close`. Bytes are read straight into the prober's one buffer (`onread`), which spares the stream
 * machinery and every allocation.
 *
 * How it closes: a socket that we close first would stay in TIME_WAIT for a minute, and at ten thousand probes a
 * second that is half a million of them. So an open connection ends with a reset (SO_LINGER 0), as HAProxy's checks do.
 * An HTTP server was told `Connection: close` and has its answer sent by then, so the reset meets a connection that
 * it is done with. When the member has closed first, TIME_WAIT is its own and an ordinary close follows.
 */
import net from "node:net";
import tls from "node:tls";
import type { TlsConfig } from "../../core/model.ts";
import { describeCertificateError } from "./certificate.ts";
import { type Fault, findFault } from "./faults.ts";
import type { Surroundings } from "./kind.ts";
import type { OpenedLine, Security } from "./script.ts";

export type LineEnd = { readonly kind: "closed" } | Fault;

export interface LineOwner {
  lineOpened(): void;
  lineBytes(bytes: Buffer): void;
  lineEnded(end: LineEnd): void;
}

export type LineStage = "connecting" | "handshake" | "open" | "over";

export interface Destination {
  readonly address: string;
  readonly port: number;
  readonly tls: TlsConfig | null;
}

const closed: LineEnd = { kind: "closed" };
const closedInHandshake: LineEnd = {
  kind: "down",
  reason: "closed the connection in the TLS handshake",
  fault: "tls",
};

/** Made after a place in the budget was taken, which it gives back when it is over. */
export class Line implements OpenedLine {
  /** Who hears of events; a connection changes hands between probe and keeper. */
  owner: LineOwner;
  stage: LineStage = "connecting";
  /** It has carried a probe and was kept. */
  isKept = false;
  readonly openedAtMs = performance.now();
  readonly #surroundings: Surroundings;
  readonly #socket: net.Socket;
  #secure: tls.TLSSocket | null = null;

  constructor(destination: Destination, owner: LineOwner, surroundings: Surroundings) {
    this.owner = owner;
    this.#surroundings = surroundings;
    const onread = { buffer: surroundings.readBuffer, callback: this.#onRead };
    const { address: host, port } = destination;
    if (destination.tls === null) {
      this.#socket = net.connect({ host, port, onread });
      this.#socket.on("connect", this.#onOpen);
      this.#socket.on("end", this.#onEnd);
      this.#socket.on("error", this.#onError);
    } else {
      this.#socket = net.connect({ host, port });
      this.#socket.on("connect", this.#onConnect);
      this.#socket.on("error", this.#onError);
      this.#wrap(destination.tls);
    }
  }

  /** Puts TLS over a plain connection that is open; the owner hears `lineOpened` once more. */
  secure(config: TlsConfig): void {
    if (this.stage !== "open") return;
    this.stage = "handshake";
    this.#wrap(config);
  }

  write(bytes: Buffer): void {
    (this.#secure ?? this.#socket).write(bytes);
  }

  security(): Security | null {
    if (this.#secure === null || this.stage !== "open") return null;
    return { protocol: this.#secure.getProtocol() ?? "TLS", certificate: this.#secure.getPeerCertificate(true) };
  }

  /** Closes at once; the owner hears nothing more. */
  close(): void {
    if (this.stage === "over") return;
    const wasConnecting = this.stage === "connecting";
    this.#end();
    if (wasConnecting) this.#socket.destroy();
    else if (this.#secure === null) this.#socket.resetAndDestroy();
    else setImmediate(resetSecure, this.#socket);
  }

  readonly #onOpen = (): void => {
    if (this.stage === "over") return;
    this.stage = "open";
    this.owner.lineOpened();
  };

  readonly #onConnect = (): void => {
    if (this.stage === "connecting") this.stage = "handshake";
  };

  readonly #onRead = (length: number): boolean => {
    if (this.stage === "open") this.owner.lineBytes(this.#surroundings.readBuffer.subarray(0, length));
    return true;
  };

  readonly #onEnd = (): void => {
    if (this.stage === "over") return;
    const end = this.stage === "handshake" ? closedInHandshake : closed;
    this.#end();
    (this.#secure ?? this.#socket).destroy();
    this.owner.lineEnded(end);
  };

  readonly #onError = (error: Error): void => {
    if (this.stage === "over") return;
    const isHandshake = this.stage === "handshake";
    this.#end();
    const fault = findFault(error);
    this.#socket.destroy();
    this.owner.lineEnded(isHandshake ? duringHandshake(fault) : fault);
  };

  #end(): void {
    this.stage = "over";
    this.#surroundings.lines.giveBack();
  }

  #wrap(config: TlsConfig): void {
    const socket = secure(this.#socket, config, this.#surroundings);
    this.#secure = socket;
    socket.on("error", this.#onError);
    socket.on("end", this.#onEnd);
    socket.on("data", (bytes: Buffer) => {
      if (this.stage === "open") this.owner.lineBytes(bytes);
    });
    socket.on("secureConnect", () => {
      if (this.stage === "over") return;
      if (socket.authorized || !config.verify) return this.#onOpen();
      const reason = describeCertificateError(
        socket.authorizationError,
        socket.getPeerCertificate(),
        config.serverName,
      );
      this.close();
      this.owner.lineEnded({ kind: "down", reason, fault: "tls" });
    });
  }
}

/**
 * The TCP handle under TLS must not vanish while OpenSSL's layer is reading from it, and verdicts are reached within
 * such a read. So the reset waits until that call has returned.
 */
function resetSecure(socket: net.Socket): void {
  socket.resetAndDestroy();
}

/** Verification is judged by us, after the handshake, so that the reason can be told from the certificate. */
function secure(socket: net.Socket, config: TlsConfig, surroundings: Surroundings): tls.TLSSocket {
  const { serverName } = config;
  return tls.connect({
    socket,
    secureContext: surroundings.secureContext(),
    rejectUnauthorized: false,
    // An address is no server name (RFC 6066, 3), yet it is what the certificate must be for.
    servername: net.isIP(serverName) === 0 ? serverName : "",
    checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(serverName, certificate),
  });
}

function duringHandshake(fault: Fault): Fault {
  if (fault.kind === "unknown" || fault.reason.startsWith("TLS")) return fault;
  return { ...fault, reason: `${fault.reason}, in the TLS handshake` };
}
