/**
 * Messages by mail (SMTP, RFC 5321). The server's certificate is verified, and with `starttls` nothing goes on until the
 * connection is encrypted. Each message has a connection of its own and a time after which it is cut, so that a frozen
 * server holds up nothing. A mail that resolves another refers to it, so that mail programs show them together.
 */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { MailChannel, Message } from "../../core/notify.ts";
import { cleanText, messageDetails, messageLine, urgency } from "../../core/notify-text.ts";
import type { Delivery, Notifier } from "../../ports/notifier.ts";
import { faultText } from "./faults.ts";

/** Octets of one reply of the server. */
const replyOctetsMax = 64 * 1024;
const replyCharsMax = 160;
/** After QUIT, for the server to close. */
const closeMsMax = 500;

export function createMailNotifier(channel: MailChannel, { timeZone }: { readonly timeZone: string }): Notifier {
  return {
    deliver: async (message, signal) => {
      try {
        const recipients = message.left ?? channel.to;
        const ca = channel.ca === null ? null : await readFile(channel.ca, "utf8");
        const mail = await compose(channel, message, timeZone);
        return await send(channel, { recipients, mail, ca, signal });
      } catch (thrown) {
        return { kind: "failed", reason: faultText(thrown), afterMs: null, left: null };
      }
    },
  };
}

function compose(channel: MailChannel, message: Message, timeZone: string): Promise<Buffer> {
  const { from, to } = channel;
  const domain = from.slice(from.lastIndexOf("@") + 1);
  const idOf = (id: string): string => `<muster.${channel.name}.${id}.${hostname()}@${domain}>`;
  const references = message.references.map(idOf);
  const node = new MailComposer({
    from: `muster <${from}>`,
    to: [...to],
    subject: messageLine(message),
    messageId: idOf(message.id),
    ...(references.length === 0 ? {} : { inReplyTo: references.at(-1), references }),
    date: new Date(message.createdAt),
    text: `${messageLine(message)}\n\n${messageDetails(message, timeZone)}\n`,
    priority: urgency(message) >= 5 ? "high" : "normal",
    headers: { "Auto-Submitted": "auto-generated", "X-Muster-Severity": message.severity },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return node.compile().build();
}

interface Mail {
  readonly recipients: readonly string[];
  readonly mail: Buffer;
  readonly ca: string | null;
  readonly signal: AbortSignal;
}

/** Settles once: with what came of it, with the first fault, or when the time is over. */
function send(channel: MailChannel, mail: Mail): Promise<Delivery> {
  const { promise, resolve } = Promise.withResolvers<Delivery>();
  const connection = connectionTo(channel, mail.ca);
  const fail = (reason: string): void => resolve({ kind: "failed", reason, afterMs: null, left: null });
  const late = (): void => fail(`it did not take the mail within ${channel.timeoutMs} ms`);
  const stopped = (): void => fail("muster stops");
  const timer = setTimeout(late, channel.timeoutMs);
  mail.signal.addEventListener("abort", stopped, { once: true });
  if (mail.signal.aborted) stopped();
  connection.on("error", (error: Error) => fail(smtpFault(error)));
  connection.once("end", () => fail("the connection was cut"));
  connection.connect((error) => {
    if (error !== undefined && error !== null) return fail(smtpFault(error));
    logIn(connection, channel, (refused) => {
      if (refused !== null) return fail(refused);
      hand(connection, { channel, mail, resolve });
    });
  });
  return promise.finally(() => {
    clearTimeout(timer);
    mail.signal.removeEventListener("abort", stopped);
    connection.close();
  });
}

function connectionTo({ host, port, security, timeoutMs }: MailChannel, ca: string | null): SMTPConnection {
  return new SMTPConnection({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    name: hostname(),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketCloseTimeout: closeMsMax,
    maxResponseSize: replyOctetsMax,
    allowInternalNetworkInterfaces: true,
    tls: { minVersion: "TLSv1.2", ...(ca === null ? {} : { ca }) },
  });
}

/** A login that fails concerns every mail: the channel rests, and is tried again. */
function logIn(connection: SMTPConnection, channel: MailChannel, then: (refused: string | null) => void): void {
  const { secrets, user } = channel;
  if (user === null) return then(null);
  if (!connection.allowsAuth) return then("the server offers no login");
  connection.login({ user, pass: secrets.key ?? "" }, (error) => then(error === null ? null : smtpFault(error)));
}

interface Handing {
  readonly channel: MailChannel;
  readonly mail: Mail;
  readonly resolve: (delivery: Delivery) => void;
}

function hand(connection: SMTPConnection, { channel, mail, resolve }: Handing): void {
  const envelope = { from: channel.from, to: [...mail.recipients], size: mail.mail.length };
  connection.send(envelope, mail.mail, (error, info) => {
    if (error !== null) return resolve(judge(error, null));
    connection.quit();
    const [first] = info?.rejectedErrors ?? [];
    if (first === undefined) return resolve({ kind: "delivered", detail: `${channel.host} took it` });
    const rejected = info?.rejected ?? [];
    const isBusy = (info?.rejectedErrors ?? []).some(({ responseCode = 0 }) => responseCode < 500);
    resolve(
      isBusy ? { kind: "failed", reason: smtpFault(first), afterMs: null, left: rejected } : judge(first, rejected),
    );
  });
}

/** RFC 5321, 4.2.1: 5xx is for good, 4xx for now; without a code the connection failed. */
function judge(error: Error & { responseCode?: number | undefined }, left: readonly string[] | null): Delivery {
  const { responseCode: code = 0 } = error;
  const reason = smtpFault(error);
  return code >= 500 ? { kind: "refused", reason, left } : { kind: "failed", reason, afterMs: null, left };
}

/** What the server said, else what the connection died of. */
function smtpFault(error: Error & { response?: string | undefined }): string {
  const { response } = error;
  if (response !== undefined && response !== "") return `it said "${cleanText(response, replyCharsMax)}"`;
  return cleanText(faultText(error), replyCharsMax);
}
