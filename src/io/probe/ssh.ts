/**
 * The `ssh` probe: the server introduces itself with `SSH-2.0-...`, and may send other lines before (RFC 4253, 4.2).
 * 1.99 is a server of version 2 that also takes old clients (RFC 4253, 5.1). Nothing is sent, and nobody logs in.
 */
import type { SshProbe } from "../../core/model.ts";
import { ByteStore } from "./byte-store.ts";
import { Conversation } from "./conversation.ts";
import { down } from "./dialogue.ts";
import type { ProbeKind } from "./kind.ts";
import { sshBytesMax } from "./limits.ts";
import { quote, quoteBytes } from "./quote.ts";
import type { Judgement, Reply } from "./script.ts";

export const sshKind: ProbeKind<SshProbe> = {
  open: (target, probe, surroundings) => {
    const script = { port: probe.port, tls: null, request: null, lastRequest: null };
    return new Conversation(target, { ...script, opened: () => new SshReply(probe.expect) }, surroundings);
  },
};

class SshReply implements Reply {
  readonly #expect: string | null;
  readonly #collected = new ByteStore(sshBytesMax);

  constructor(expect: string | null) {
    this.#expect = expect;
  }

  take(bytes: Buffer): Judgement | null {
    this.#collected.append(bytes, 0, bytes.length);
    const banner = /(?:^|\n)(SSH-[^\r\n]*)\r?\n/.exec(this.#collected.view().toString("latin1"))?.[1];
    if (banner !== undefined) return this.#judge(banner);
    return this.#collected.isFull ? this.#noBanner(` within ${sshBytesMax} bytes`) : null;
  }

  end(): Judgement {
    if (this.#collected.length === 0) return down("closed the connection before its banner", "reset");
    return this.#noBanner("");
  }

  #judge(banner: string): Judgement {
    if (!/^SSH-(2\.0|1\.99)-/.test(banner)) return down(`banner ${quote(banner)} is not SSH 2`);
    const expect = this.#expect;
    if (expect === null || banner.includes(expect))
      return { kind: "up", detail: `banner ${quote(banner)}`, afterwards: "close" };
    return down(`banner ${quote(banner)} lacks ${quote(expect)}`);
  }

  #noBanner(where: string): Judgement {
    return down(`${quoteBytes(this.#collected.view())} is no SSH banner${where}`);
  }
}
