/**
 * The same zone served by muster and by BIND, Knot, NSD and PowerDNS, and every question put to each: rcode, AA, answers and
 * authority must agree, and glue in the additional section must be theirs. Where servers differ among themselves or
 * muster goes its own way, `differences` says so and why.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Message } from "../../src/dns/message.ts";
import { flagBit } from "../../src/dns/message.ts";
import { textName } from "../../src/dns/name.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { type EmbeddedDns, startEmbeddedDns } from "../../src/io/dns/embedded.ts";
import { loadZone } from "../../src/dns/zone-load.ts";
import { rcodeText, sectionText } from "../fakes/answer-text.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { answerOrigin, answerQuestions, answerZone } from "./answer-zone.ts";
import { type Ask, ask } from "./dns-client.ts";
import { type RealServer, realServerNames, startRealServer } from "./dns-servers.ts";

let muster: EmbeddedDns;

beforeAll(async () => {
  muster = await startEmbeddedDns({
    listen: [{ address: "127.0.0.1", port: 0 }],
    nsid: null,
    threads: 1,
    log: silentLog,
  });
  const zone = loadZone({ origin: textName(answerOrigin), text: answerZone, file: "zone" });
  if (!zone.ok) throw new Error(JSON.stringify(zone.error));
  const loaded = await muster.loadZone({ origin: textName(answerOrigin), rrsets: zone.value.zone.rrsets });
  expect(loaded).toMatchObject({ ok: true });
  await muster.openZone({ origin: textName(answerOrigin), serial: 0, past: null });
});

afterAll(() => muster.close());

function askMuster(question: Ask): Promise<Message> {
  const [endpoint] = muster.endpoints;
  if (endpoint === undefined) throw new Error("no endpoint");
  return ask(endpoint, question);
}

interface Picture {
  readonly rcode: string;
  readonly aa: boolean;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
}

function picture(message: Message): Picture {
  return {
    rcode: rcodeText(message.rcode),
    aa: (message.flags & flagBit.aa) !== 0,
    answer: sectionText(message.answers),
    authority: sectionText(message.authorities),
  };
}

function isReferral(message: Message): boolean {
  return message.answers.length === 0 && message.authorities.some(({ type }) => type === rrType.NS);
}

/** `server name type`, and why muster does it differently. A line that stops being true fails. */
const differences: Readonly<Record<string, string>> = {
  "bind loop1.example.org A":
    "an alias loop: BIND says SERVFAIL, muster, Knot and NSD give the loop for the resolver to judge",
  "bind self.example.org A": "as above, with an alias of itself",
  "powerdns loop1.example.org A": "an alias loop: SERVFAIL, as BIND",
  "powerdns self.example.org A": "as above, with an alias of itself",
  "powerdns abc.wc.example.org CNAME": "an alias that was asked for: PowerDNS adds the SOA where a wildcard made it",
  "powerdns www.old.example.org CNAME": "as above, where a DNAME made it",
  "powerdns svc.example.org SVCB": "PowerDNS does not complete a relative name in this type's data",
  "powerdns naptr.example.org NAPTR": "as above",
};

/** Questions over UDP without EDNS, where answers must be cut. */
const cutQuestions = [
  ["big.example.org", "TXT"],
  ["huge.example.org", "TXT"],
] as const;

describe.each(realServerNames)("muster answers as %s does", (name) => {
  let real: RealServer;
  beforeAll(async () => {
    real = await startRealServer(name, answerZone);
  });
  afterAll(() => real.stop());

  test.each(answerQuestions)("%s %s", async (qname, type) => {
    const question = { name: qname, type, udpOctets: 1232 };
    const [ours, theirs] = await Promise.all([askMuster(question), ask(real.endpoint, question)]);
    if (differences[`${name} ${qname} ${type}`] !== undefined) {
      expect(picture(ours)).not.toEqual(picture(theirs));
      return;
    }
    expect(picture(ours)).toEqual(picture(theirs));
    expect(theirs.flags & flagBit.tc).toBe(ours.flags & flagBit.tc);
    if (isReferral(ours)) expect(sectionText(ours.additionals)).toEqual(sectionText(theirs.additionals));
  });

  test.each(cutQuestions)("%s %s is cut without EDNS, and whole over TCP", async (qname, type) => {
    const question = { name: qname, type };
    const [ours, theirs] = await Promise.all([askMuster(question), ask(real.endpoint, question)]);
    expect([ours.flags & flagBit.tc, ours.rcode]).toEqual([theirs.flags & flagBit.tc, theirs.rcode]);
    const whole = { ...question, tcp: true };
    expect(picture(await askMuster(whole))).toEqual(picture(await ask(real.endpoint, whole)));
  });
});
