/**
 * The one list of probe kinds. A new kind is one new file and one line here; the compiler asks for it as soon as its
 * configuration exists.
 */
import type { ProbeConfig, Target } from "../../core/model.ts";
import { agentKind, mountKind } from "./agent.ts";
import { makeCompositeKind } from "./composite.ts";
import { dnsKind } from "./dns.ts";
import { execKind } from "./exec.ts";
import { freshnessKind } from "./freshness.ts";
import { httpKind } from "./http.ts";
import { imapKind } from "./imap.ts";
import type { ProbeKind, Surroundings, TargetProber } from "./kind.ts";
import { mariadbKind } from "./mariadb.ts";
import { pop3Kind } from "./pop3.ts";
import { postgresKind } from "./postgres.ts";
import { smtpKind } from "./smtp.ts";
import { pingKind } from "./ping.ts";
import { sshKind } from "./ssh.ts";
import { tcpKind } from "./tcp.ts";
import { tlsKind } from "./tls.ts";
import { udpKind } from "./udp.ts";

type ConfigOf<K extends ProbeConfig["kind"]> = Extract<ProbeConfig, { readonly kind: K }>;

const kinds: { readonly [K in ProbeConfig["kind"]]: ProbeKind<ConfigOf<K>> } = {
  http: httpKind,
  tcp: tcpKind,
  tls: tlsKind,
  dns: dnsKind,
  ping: pingKind,
  ssh: sshKind,
  udp: udpKind,
  exec: execKind,
  freshness: freshnessKind,
  smtp: smtpKind,
  pop3: pop3Kind,
  imap: imapKind,
  postgres: postgresKind,
  mariadb: mariadbKind,
  agent: agentKind,
  mount: mountKind,
  all: makeCompositeKind(openTargetProber),
  any: makeCompositeKind(openTargetProber),
  "at-least": makeCompositeKind(openTargetProber),
};

export function openTargetProber(target: Target, surroundings: Surroundings): TargetProber {
  const { probe } = target.check;
  const kind = kinds[probe.kind] as ProbeKind<ProbeConfig>;
  return kind.open(target, probe, surroundings);
}
