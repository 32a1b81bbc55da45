/**
 * The shape of a configuration file, section by section. This is the only place where keys are listed: the loader
 * validates with these schemas, editors get the JSON Schema made from them, and a test compares the manual with them.
 * What needs more than one value to judge (a pool's zone, a member's check) is left to the builders.
 */
import { z } from "zod";
import { entriesMax, memberTextCharsMax, poolMembersMax } from "./limits.ts";
import { diagnosisSchema } from "./build-diagnosis.ts";
import { checkMapSchema, checkSchema, defaultsSchema, quorumSchema } from "./schema-check.ts";
import { agentsSchema, agentWorkSchema } from "./schema-agents.ts";
import { brakeSchema, referencesSchema } from "./schema-guard.ts";
import { endpointExpected, parseAddressText, parseContact, parseEndpoint, parseName } from "./scalars.ts";
import { rehearsalsSchema } from "./schema-rehearsals.ts";
import { recordingSchema } from "./schema-recording.ts";
import { watchersSchema, watchSchema } from "./schema-watch.ts";
import { maintenanceSchema } from "./schema-maintenance.ts";
import { wholeNotifySchema } from "./schema-notify.ts";
import {
  auditSchema,
  keySchema,
  onStartSchema,
  placementSchema,
  shareSchema,
  republishSchema,
  secretMap,
  wholeCatalogSchema,
  zoneLists,
} from "./schema-publish.ts";
import {
  durationMs,
  durationSeconds,
  integer,
  line,
  list,
  map,
  oneOf,
  oneOrMany,
  text,
  textOf,
  truth,
  word,
} from "./schema-parts.ts";

const address = textOf(parseAddressText, "an IPv4 or IPv6 address");
const name = textOf(parseName, "a name such as www.example.org");
const ttl = durationSeconds({ min: "1s", max: "7d" });

const zoneShape = {
  ttl: ttl.optional().describe("TTL of the pools' records. Default 30s."),
  "ttl-min": ttl.optional().describe("TTL while a change is near. Default 5s, or ttl if that is smaller."),
  nameservers: z.unknown().optional(),
  contact: textOf(parseContact, "a mail address")
    .optional()
    .describe("Mail address in the SOA. Default hostmaster@ZONE."),
  "negative-ttl": ttl.optional().describe('How long resolvers keep "no such name" (RFC 2308). Default 60s.'),
  file: text("a path", 1_024).optional().describe("A master file with the zone's own records; pools are laid over it."),
  primaries: z.unknown().optional(),
  transfer: z.unknown().optional(),
  updates: z.unknown().optional(),
  publish: z.unknown().optional(),
  republish: republishSchema.optional().describe("A quiet zone gets a new serial after so long. Default 24h."),
};

/** The lists are judged one by one. */
export const zoneSchema = map("a zone's settings", zoneShape);

const wholeZoneSchema = map("a zone's settings", { ...zoneShape, ...zoneLists });

export const memberMapSchema = map("a member", {
  address: address.describe("IPv4 or IPv6 address."),
  name: line("a name for people", 100).optional().describe("What people call it. Default the address."),
  weight: integer(0, 1_000)
    .optional()
    .describe("Share of the answers under weighted; 0: only when no other is fit. Default 1."),
  target: text("a host name, or a text", memberTextCharsMax)
    .optional()
    .describe("What is answered for it under record mx, srv, ptr and txt."),
  priority: integer(0, 65_535)
    .optional()
    .describe("Under priority, the smallest that is fit answers. Default the order of the list."),
  check: checkSchema.optional().describe("Settings that differ from the pool's check."),
});

export const memberSchema = oneOf("an address, or a member's settings", [address, memberMapSchema]);

export const recordExpected = "address, mx, ptr, txt, {mx: {preference: 10}} or {srv: {port: 5060}}";

const poolShape = {
  zone: name.optional().describe("Origin of the zone that holds the name. Default the nearest configured one."),
  record: oneOf(recordExpected, [
    word(["address", "mx", "srv", "ptr", "txt"]),
    map("a record", {
      mx: map("the settings of mx", {
        preference: integer(0, 65_535).optional().describe("Preference of all records. Default 10."),
      }).optional(),
      srv: map("the settings of srv", {
        priority: integer(0, 65_535).optional().describe("Priority of all records. Default 0."),
        port: integer(1, 65_535).describe("Port of the service."),
      }).optional(),
    }),
  ])
    .optional()
    .describe("What members are in DNS. Default address."),
  aliases: oneOrMany(name, { what: "a list of names", max: entriesMax })
    .optional()
    .describe("Public names elsewhere that should be CNAMEs to this one."),
  policy: word(["round-robin", "weighted", "priority"]).optional().describe("Who answers. Default round-robin."),
  answers: oneOf("all, or how many members an answer names at most", [word(["all"]), integer(1, poolMembersMax)])
    .optional()
    .describe("How many members an answer names at most. Default all."),
  check: checkSchema.optional().describe("How members are judged. Needed unless each member has one."),
  canary: truth().optional().describe("Whether rehearsals may make its members fail. Default false."),
  recovery: durationMs({ min: "1s", max: "7d" })
    .optional()
    .describe("How fast a failure is to be over, TTL included: rehearsals are held against it. Default nothing."),
  quorum: quorumSchema
    .optional()
    .describe("How many vantage points must say down, where there are watchers. Default what the check says."),
  "last-resort": oneOf("all, none, least-stale or an address", [word(["all", "none", "least-stale"]), address])
    .optional()
    .describe("What is answered when no member is fit. Default all."),
  failback: oneOf("at-once, manual or {after: DURATION}", [
    word(["at-once", "manual"]),
    map("a failback", {
      after: durationMs({ min: "1s", max: "7d" }).describe("How long the better member must have been up."),
    }),
  ])
    .optional()
    .describe("When a priority pool returns to a better member. Default at-once."),
};

const membersText = { what: "a list of members", max: poolMembersMax };

/** Members are judged one by one, and the rest without any: no mistake hides another. */
export const poolSchema = map("a pool's settings", {
  ...poolShape,
  members: list(z.unknown(), membersText).optional(),
});

const wholePoolSchema = map("a pool's settings", {
  ...poolShape,
  members: list(memberSchema, membersText).describe("Those who may answer."),
});

const listenDns = textOf((value) => parseEndpoint(value, 53), endpointExpected);

export const dnsSchema = map("the settings of dns", {
  listen: oneOrMany(listenDns, { what: "a list of ADDRESS:PORT", max: 64 })
    .optional()
    .describe("Where the embedded DNS server listens. Default port 53 on all addresses."),
  nsid: text("a text", 64).optional().describe("Answered to the NSID option. Default none."),
  threads: integer(1, 64).optional().describe("Threads that answer. Default 1."),
});

export const apiSchema = map("the settings of api", {
  listen: textOf((value) => parseEndpoint(value, 8_053), endpointExpected)
    .optional()
    .describe("Where API and page are served. Default 127.0.0.1:8053."),
  token: secretMap("token")
    .optional()
    .describe("Bearer token that clients must show. Needed unless the API listens on loopback."),
});

export const stateSchema = text("a path", 1_024);

const sections = {
  zones: z.record(z.string(), wholeZoneSchema).describe("Zones by name."),
  pools: z.record(z.string(), wholePoolSchema).optional().describe("Pools by name."),
  checks: z.record(z.string(), checkMapSchema).optional().describe("Checks that pools use by name."),
  defaults: defaultsSchema.optional().describe("What every check starts from."),
  keys: z.record(z.string(), keySchema).optional().describe("TSIG keys by name."),
  catalog: wholeCatalogSchema.optional().describe("Lists the zones for secondaries that read catalogs (RFC 9432)."),
  audit: auditSchema.optional().describe("How nameservers are watched."),
  "removal-max": shareSchema
    .optional()
    .describe("Share of what is published that a reload may remove without being forced. Default 50%."),
  references: referencesSchema
    .optional()
    .describe("Targets that tell whether the checker itself is well. Default none."),
  brake: brakeSchema.optional().describe("How many members may leave at once without an operator. Default off."),
  diagnosis: diagnosisSchema.optional().describe("What faults are told apart by."),
  watchers: watchersSchema.optional().describe("Vantage points elsewhere, by name. Default none."),
  watch: watchSchema.optional().describe("How watchers report, and whether the controller votes."),
  agents: agentsSchema.optional().describe("Machines that report on themselves, by name. Default none."),
  agent: agentWorkSchema.optional().describe("What every agent looks at, unless it says otherwise."),
  "on-start": onStartSchema.optional().describe("reset: each start begins with the normal state. Default resume."),
  maintenance: maintenanceSchema.optional().describe("Windows in which members are out of the answers. Default none."),
  notify: wholeNotifySchema.optional().describe("Who is told of what happens."),
  rehearsals: rehearsalsSchema.optional().describe("Canaries that are made to fail regularly. Default none."),
  recording: recordingSchema
    .optional()
    .describe("How much is kept of what probes find, for muster replay. Default 30d and 64MiB."),
  placement: placementSchema
    .optional()
    .describe("Whether muster may run beside members and nameservers: warn, enforce or off. Default warn."),
  dns: dnsSchema.optional().describe("The embedded DNS server."),
  api: apiSchema.optional().describe("HTTP API and live page."),
  state: stateSchema.optional().describe("Path of the SQLite database. Default muster.sqlite beside this file."),
};

export const sectionNames: readonly string[] = Object.keys(sections);

const rootSchema = map("a configuration", sections);

/** JSON Schema (draft 7, which YAML editors read) of what may stand in a file. */
export function jsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(rootSchema, { io: "input", target: "draft-7" });
  return { ...schema, title: "muster configuration" };
}
