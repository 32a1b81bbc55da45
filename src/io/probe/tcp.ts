/**
 * The `tcp` probe: connect, send something if so configured, and expect a fragment in the reply. Without `expect`
 * being connected is enough. It judges any protocol whose server speaks first (SMTP, POP3, IMAP) or answers a line.
 */
import type { TcpProbe } from "../../core/model.ts";
import { ByteStore } from "./byte-store.ts";
import { Conversation } from "./conversation.ts";
import { down } from "./dialogue.ts";
import type { ProbeKind } from "./kind.ts";
import { quoteBytes } from "./quote.ts";
import type { Judgement, Reply, Script } from "./script.ts";

export const tcpKind: ProbeKind<TcpProbe> = {
  open: (target, probe, surroundings) => new Conversation(target, makeTcpScript(probe), surroundings),
};

export function makeTcpScript(probe: TcpProbe): Script {
  const request = probe.send === null ? null : Buffer.from(probe.send, "utf8");
  const expect = probe.expect === null ? null : Buffer.from(probe.expect, "utf8");
  // A server that nothing was said to and that says nothing may wait for long: only there is an idle connection kept.
  const connected: Judgement = { kind: "up", detail: "connected", afterwards: request === null ? "idle" : "close" };
  return {
    port: probe.port,
    tls: null,
    request,
    lastRequest: request,
    opened: () => (expect === null ? connected : new TcpReply(expect, probe.replyBytesMax)),
  };
}

export class TcpReply implements Reply {
  readonly #expect: Buffer;
  readonly #bytesMax: number;
  #collected: ByteStore | null = null;

  constructor(expect: Buffer, bytesMax: number) {
    this.#expect = expect;
    this.#bytesMax = bytesMax;
  }

  take(bytes: Buffer): Judgement | null {
    if (this.#collected === null && bytes.subarray(0, this.#bytesMax).includes(this.#expect)) return this.#found();
    this.#collected ??= new ByteStore(this.#bytesMax);
    const searched = Math.max(0, this.#collected.length - this.#expect.length + 1);
    this.#collected.append(bytes, 0, bytes.length);
    if (this.#collected.view().includes(this.#expect, searched)) return this.#found();
    if (!this.#collected.isFull) return null;
    return this.#lacking(` within its first ${this.#bytesMax} bytes`);
  }

  end(): Judgement {
    if (this.#collected === null) return down("closed the connection before answering", "reset");
    return this.#lacking("");
  }

  #found(): Judgement {
    return { kind: "up", detail: `reply has ${quoteBytes(this.#expect)}`, afterwards: "close" };
  }

  #lacking(where: string): Judgement {
    const reply = quoteBytes(this.#collected?.view() ?? Buffer.alloc(0));
    return down(`reply ${reply} lacks ${quoteBytes(this.#expect)}${where}`);
  }
}
