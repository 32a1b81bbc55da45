/** The dns probe: one question, and what the answer must be. */
import type { DnsProbe } from "../../core/model.ts";
import { nameText, parseName as parseDnsName, root } from "../../dns/name.ts";
import { parseRdataText, rdataText } from "../../dns/rdata/index.ts";
import { isMetaType, typeMnemonics, typeNumber, typeText } from "../../dns/rr-types.ts";
import { findNearest } from "../../base/nearest.ts";
import { ok, type Result } from "../../base/result.ts";
import { type Build, hasProblemBelow, problem } from "../build.ts";
import { readPort } from "../build-port.ts";
import { type Hint, refuse } from "../hint.ts";
import type { Path } from "../problem.ts";
import { parseServer } from "../publish-scalars.ts";
import { durationMs, integer, map, oneOf, oneOrMany, text, textOf, truth, word } from "../schema-parts.ts";
import { port } from "./parts.ts";
import { defineWords } from "./words.ts";

const nameExpected = "a name such as example.org";

/** Any name of DNS, the root included; lower-case text without final dot. */
function parseQuestionName(given: string): Result<string, Hint> {
  const parsed = parseDnsName(given.toLowerCase());
  if (!parsed.ok) return refuse({ expected: nameExpected, complaint: `is no name: ${parsed.error}` });
  return ok(nameText(parsed.value).replace(/\.$/, ""));
}

function parseQuestionType(given: string): Result<string, Hint> {
  const expected = "a record type such as A, MX or SOA";
  const number = typeNumber(given);
  if (number !== null && !isMetaType(number)) return ok(typeText(number));
  const nearest = findNearest(given.toUpperCase(), typeMnemonics);
  return refuse({ expected, ...(nearest === null || number !== null ? {} : { nearest }) });
}

const name = textOf(parseQuestionName, nameExpected);

const dnsMap = map("a dns probe", {
  port: port.optional().describe("Port or service name. Default 53."),
  transport: word(["udp", "tcp"]).optional().describe("Default udp; a truncated answer is asked for again over tcp."),
  name: name.optional().describe("What is asked for. Default the pool's name."),
  type: textOf(parseQuestionType, "a record type such as SOA").optional().describe("Record type. Default SOA."),
  recursion: truth().optional().describe("Whether recursion is asked for, as of a resolver. Default false."),
  rcode: word(["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"])
    .optional()
    .describe("The response code that is wanted. Default NOERROR."),
  authoritative: truth().optional().describe("Whether the answer must be authoritative. Default false."),
  answer: oneOrMany(text("a record as a zone file has it", 4_096), { what: "a list of records", max: 64 })
    .optional()
    .describe("Records that must be among the answers, or none. Default any record of the type."),
  "serial-min": integer(0, 0xffff_ffff).optional().describe("Oldest SOA serial that will do (RFC 1982)."),
  primary: textOf(parseServer, "ADDRESS, or ADDRESS:PORT")
    .optional()
    .describe("Another server, whose SOA serial the member must have."),
  lag: durationMs({ min: "1s", max: "7d" })
    .optional()
    .describe("How long the member may be behind the primary. Default 1m."),
});

const schema = oneOf("a name, or a map of dns settings", [name, dnsMap]);

type DnsSettings = Partial<Omit<DnsProbe, "kind" | "primary" | "emptyOk">> & {
  readonly primaryAt?: NonNullable<DnsProbe["primary"]>["endpoint"];
  readonly lagMsMax?: number;
};

const lagMsDefault = 60_000;

function given<T extends object>(settings: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

export const dnsWords = defineWords({
  schema,
  about: "a DNS question.",
  read: (build, value, path): DnsSettings => {
    if (typeof value === "string") return { name: value };
    const { answer, authoritative, lag, name: asked, primary, rcode, recursion, transport, type } = value;
    const number = value.port === undefined ? null : readPort(build, value.port, [...path, "port"]);
    const serialMin = value["serial-min"];
    const plain = { answer, authoritative, name: asked, rcode, recursion, transport, type, serialMin, port: number };
    return given({ ...plain, primaryAt: primary, lagMsMax: lag });
  },
  complete: (build, settings, { host, path }): DnsProbe => {
    const { answer = [], lagMsMax = lagMsDefault, primaryAt = null, type = "SOA" } = settings;
    const isNone = answer.length === 1 && answer[0]?.toLowerCase() === "none";
    const probe: DnsProbe = {
      kind: "dns",
      port: settings.port ?? 53,
      transport: settings.transport ?? "udp",
      name: settings.name ?? host,
      type,
      recursion: settings.recursion ?? false,
      rcode: settings.rcode ?? "NOERROR",
      authoritative: settings.authoritative ?? false,
      answer: isNone ? [] : readAnswers(build, { type, answer }, path),
      emptyOk: isNone,
      serialMin: settings.serialMin ?? null,
      primary: primaryAt === null ? null : { endpoint: primaryAt, lagMsMax },
    };
    if (!hasProblemBelow(build, path)) judgeDns(build, { probe, hasLag: settings.lagMsMax !== undefined }, path);
    return probe;
  },
});

/** Each in the one spelling that is used from here on. */
function readAnswers(
  build: Build,
  { answer, type }: { type: string; answer: readonly string[] },
  path: Path,
): readonly string[] {
  const number = typeNumber(type) ?? 0;
  return answer.map((line) => {
    const parsed = parseRdataText(number, line, root);
    if (parsed.ok) return rdataText(number, parsed.value);
    const sentence = `answer ${JSON.stringify(line.slice(0, 100))} is no ${type} record: ${parsed.error}`;
    problem(build, path, { at: "key", found: "answer", expected: `${type} records as a zone file has them`, sentence });
    return line;
  });
}

function judgeDns(build: Build, { hasLag, probe }: { probe: DnsProbe; hasLag: boolean }, path: Path): void {
  const report = (found: string, expected: string, sentence: string): void =>
    problem(build, path, { at: "key", found, expected, sentence });
  const wantsSerial = probe.serialMin !== null || probe.primary !== null;
  if (wantsSerial && probe.type !== "SOA") report(probe.type, "type: SOA", "only a SOA record has a serial to compare");
  if (wantsSerial && probe.rcode !== "NOERROR") {
    report(probe.rcode, "rcode: NOERROR", `an answer of ${probe.rcode} has no serial to compare`);
  }
  if (hasLag && probe.primary === null) {
    report(
      "lag without primary",
      "primary: ADDRESS",
      "lag says how long the member may be behind a primary, and none is named",
    );
  }
  if (probe.answer.length > 0 && probe.rcode !== "NOERROR") {
    report(probe.rcode, "rcode: NOERROR", `an answer of ${probe.rcode} has no records to look for`);
  }
}
