/**
 * How a kind of probe that talks over one connection describes itself: what to send, and what to make of the bytes
 * that come back. Scripts and replies own no socket and no clock, so each kind is bytes in, judgement out, and the
 * conversation runs all of them alike.
 */
import type { DetailedPeerCertificate } from "node:tls";
import type { FaultCode } from "../../core/fault.ts";
import type { TlsConfig } from "../../core/model.ts";

/** What a script may ask of the connection that carries it. */
export interface OpenedLine {
  /** Whether it has carried a probe before. */
  readonly isKept: boolean;
  /** What the TLS handshake has shown; null: the connection is plain. */
  security(): Security | null;
}

export interface Security {
  /** Such as `TLSv1.3`. */
  readonly protocol: string;
  /** The member's own, with its issuers behind `issuerCertificate`. */
  readonly certificate: DetailedPeerCertificate;
}

/** What a connection is good for after the verdict: nothing, waiting for its close, or carrying further probes. */
export type Afterwards = "close" | "idle" | "reuse";

export type Judgement =
  /** A connection that is not kept ends with `goodbye`, if there is one. */
  | { readonly kind: "up"; readonly detail: string; readonly afterwards: Afterwards; readonly goodbye?: Buffer }
  | { readonly kind: "down"; readonly reason: string; readonly fault: FaultCode }
  /** A fault on this side, which says nothing of the member. */
  | { readonly kind: "unknown"; readonly reason: string }
  /** Go on with another script at the same address, on a connection of its own (a redirect). */
  | { readonly kind: "next"; readonly script: Script }
  /** Say this on the same connection, and read the answer to it; `what` is how people call that answer. */
  | { readonly kind: "say"; readonly what: string; readonly bytes: Buffer; readonly reply: Reply }
  /** Put TLS over the same connection (STARTTLS), and go on; what is said `before`, TLS itself answers. */
  | {
      readonly kind: "secure";
      readonly tls: TlsConfig;
      readonly before?: Buffer;
      readonly secured: () => Judgement;
    };

/** Reads the answer to one request. */
export interface Reply {
  /** The bytes are valid during the call only. Null: more is needed. */
  take(bytes: Buffer): Judgement | null;
  /** The member has closed its side. */
  end(): Judgement;
}

export interface Script {
  readonly port: number;
  /** Null: plain TCP. */
  readonly tls: TlsConfig | null;
  /** Sent when the connection may be kept afterwards; null: nothing is sent. */
  readonly request: Buffer | null;
  /** Sent when it is not to be kept. */
  readonly lastRequest: Buffer | null;
  /** A new reader for one answer, or the judgement at once when being connected is enough. */
  opened(line: OpenedLine): Reply | Judgement;
}
