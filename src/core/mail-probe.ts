/** What a probe of a mail server asks: the dialogue of SMTP, POP3 and IMAP has the same shape. */
import type { TlsConfig } from "./model.ts";

/** Greeting, what is offered, TLS if wanted, and goodbye. */
interface MailSettings {
  readonly port: number;
  /** TLS from the first byte on. */
  readonly tls: TlsConfig | null;
  /** TLS over the same connection after STARTTLS (STLS in POP3). */
  readonly startTls: TlsConfig | null;
  /** A fragment that must appear in the greeting or in what the server offers; null: anything. */
  readonly expect: string | null;
}

export interface SmtpProbe extends MailSettings {
  readonly kind: "smtp";
}

export interface Pop3Probe extends MailSettings {
  readonly kind: "pop3";
}

export interface ImapProbe extends MailSettings {
  readonly kind: "imap";
}

export type MailProbe = SmtpProbe | Pop3Probe | ImapProbe;
