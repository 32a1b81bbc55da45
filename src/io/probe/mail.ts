/**
 * The `smtp`, `pop3` and `imap` probes: greeting, what the server offers, TLS over the same connection if so configured,
 * then goodbye, so that the server's log shows a client that left and not one that was lost. Nothing is delivered and
 * nobody logs in. The three differ in their words only, and each has them in a table.
 */
import type { MailProbe } from "../../core/mail-probe.ts";
import { Conversation } from "./conversation.ts";
import { Answer, down, type LineSense } from "./dialogue.ts";
import type { ProbeKind } from "./kind.ts";
import { quote } from "./quote.ts";
import type { Judgement, Script } from "./script.ts";

export interface MailWords {
  readonly greeting: (line: string) => LineSense;
  /** Asks what the server offers; `text` without line end. */
  readonly hello: Command;
  readonly startTls: Command;
  /** Whether the answer to `hello` offers TLS. */
  readonly offersTls: RegExp;
  readonly goodbye: string;
}

interface Command {
  readonly text: string;
  readonly sense: (line: string) => LineSense;
}

export function makeMailKind<P extends MailProbe>(words: MailWords): ProbeKind<P> {
  return {
    open: (target, probe, surroundings) => new Conversation(target, makeMailScript(probe, words), surroundings),
  };
}

export function makeMailScript(probe: MailProbe, words: MailWords): Script {
  const { greeting: sense } = words;
  const greeted = (greeting: string): Judgement => sayHello(probe, words, greeting);
  return {
    port: probe.port,
    tls: probe.tls,
    request: null,
    lastRequest: null,
    opened: () => new Answer({ what: "greeting", sense, judge: greeted }),
  };
}

function sayHello(probe: MailProbe, words: MailWords, greeting: string): Judgement {
  return say(words.hello, (offered) => {
    if (probe.startTls === null) return sayGoodbye(probe, words, greeting + offered);
    if (!words.offersTls.test(offered)) return down(`does not offer ${verb(words.startTls)}`, "tls");
    return startTls(probe, words, greeting);
  });
}

function startTls(probe: MailProbe, words: MailWords, greeting: string): Judgement {
  const { startTls: tls } = probe;
  const secured = (): Judgement => say(words.hello, (offered) => sayGoodbye(probe, words, greeting + offered));
  return say(words.startTls, () => (tls === null ? secured() : { kind: "secure", tls, secured }));
}

function sayGoodbye({ expect, startTls, tls }: MailProbe, words: MailWords, heard: string): Judgement {
  if (expect !== null && !heard.includes(expect)) return down(`greeting ${quote(heard)} and offers lack '${expect}'`);
  const detail = `${quote(heard)}${startTls === null && tls === null ? "" : ", over TLS"}`;
  return { kind: "up", detail, afterwards: "close", goodbye: Buffer.from(`${words.goodbye}\r\n`) };
}

function say({ sense, text }: Command, judge: (text: string) => Judgement): Judgement {
  const what = `answer to ${verb({ text })}`;
  const reply = new Answer({ what, sense, judge });
  return { kind: "say", what, bytes: Buffer.from(`${text}\r\n`, "latin1"), reply };
}

/** The command without IMAP's tag and without arguments. */
function verb({ text }: { readonly text: string }): string {
  return /^(?:[a-z]\d+ )?(\w+)/.exec(text)?.[1] ?? text;
}
