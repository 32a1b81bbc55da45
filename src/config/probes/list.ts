/** The one list of probe kinds in the configuration. A new kind is a new file and a line here. */
import type { z } from "zod";
import type { ProbeConfig } from "../../core/model.ts";
import { agentWords, mountWords } from "./agent.ts";
import { compositeWords } from "./composite.ts";
import { mariadbWords, postgresWords } from "./database.ts";
import { dnsWords } from "./dns.ts";
import { execWords } from "./exec.ts";
import { freshnessWords } from "./freshness.ts";
import { httpWords } from "./http.ts";
import { pingWords } from "./ping.ts";
import { sshWords } from "./ssh.ts";
import { imapWords, pop3Words, smtpWords } from "./mail.ts";
import { tcpWords } from "./tcp.ts";
import { tlsWords } from "./tls.ts";
import { udpWords } from "./udp.ts";
import type { ProbeWords } from "./words.ts";

export type ProbeWord = ProbeConfig["kind"];

export const probeWords: Readonly<Record<ProbeWord, ProbeWords>> = {
  http: httpWords,
  tcp: tcpWords,
  tls: tlsWords,
  dns: dnsWords,
  ping: pingWords,
  ssh: sshWords,
  udp: udpWords,
  exec: execWords,
  freshness: freshnessWords,
  smtp: smtpWords,
  pop3: pop3Words,
  imap: imapWords,
  postgres: postgresWords,
  mariadb: mariadbWords,
  agent: agentWords,
  mount: mountWords,
  ...compositeWords({ words: () => probeWords, shape: probeShape }),
};

/** In the order of the list. */
export const probeKinds = Object.keys(probeWords) as readonly ProbeWord[];

/** The kinds as keys of a check, each with what may stand there. */
export function probeShape(): Readonly<Record<ProbeWord, z.ZodOptional<z.ZodType>>> {
  const entries = probeKinds.map((kind) => {
    const { about, schema } = probeWords[kind];
    return [kind, schema.optional().describe(`Probe kind: ${about}`)] as const;
  });
  return Object.fromEntries(entries) as Record<ProbeWord, z.ZodOptional<z.ZodType>>;
}
