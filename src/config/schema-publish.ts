/**
 * The shape of everything about publishing: keys, other servers, who may transfer and update, where a zone goes. The
 * entries of lists are judged one by one (`entries.ts`), so that a mistake in one does not hide those in others; here
 * stands the shape of one entry, and of the whole for editors.
 */
import { z } from "zod";
import { parseAddress } from "./address.ts";
import { addHint, type Hint, refuse, withHintFor } from "./hint.ts";
import { entriesMax, peersMax, publishersMax } from "./limits.ts";
import {
  parseGrantName,
  parseGrantType,
  parseKeyName,
  parsePrefix,
  parseServer,
  parseShare,
  peerExpected,
} from "./publish-scalars.ts";
import { parseAddressText, parseName } from "./scalars.ts";
import { durationMs, integer, map, oneOf, oneOrMany, text, textOf, truth, word } from "./schema-parts.ts";

const hostName = textOf(parseName, "a name such as www.example.org");
const keyName = textOf(parseKeyName, "the name of a key under keys").describe("Name of a key under keys.");
const server = textOf(parseServer, "ADDRESS or ADDRESS:PORT");

/** Where a secret lies; what stands there in clear is refused before this is asked. */
export function secretMap(what: string) {
  return map(`${what}: {file: PATH} or {env: NAME}`, {
    file: text("a path", 1_024).optional().describe(`File that holds the ${what}.`),
    env: text("the name of an environment variable", 256).optional().describe(`Variable that holds the ${what}.`),
  });
}

export const keySchema = map("a key", {
  algorithm: word(["hmac-sha256", "hmac-sha384", "hmac-sha512"]).optional().describe("Default hmac-sha256."),
  secret: secretMap("secret").describe("Base64 of at least 16 octets."),
});

export const peerSchema = oneOf(peerExpected, [
  server.transform(({ address, port }) => ({ address, port, key: undefined })),
  map("a peer", {
    address: textOf(parseAddressText, "an IPv4 or IPv6 address").describe("IPv4 or IPv6 address."),
    port: integer(1, 65_535).optional().describe("Default 53."),
    key: keyName.optional(),
  }),
]);

export const peersText = { what: "a list of servers", max: peersMax } as const;

/** IPv4 addresses are well-formed names, too. */
const nameserverName = textOf((text) => {
  if (parseAddress(text) === null) return parseName(text);
  const expected = "a host name, or a map such as {name: ns1.example.net, address: 192.0.2.53}";
  return refuse({ expected, complaint: "is an address, and NS records name a host (RFC 1035, 3.3.11)" });
}, "a name such as www.example.org");

export const nameserverSchema = oneOf("a host name, or a map with name and address", [
  nameserverName.transform((name) => ({ name, address: undefined })),
  map("a nameserver", {
    name: nameserverName.describe("Host name in the NS record."),
    address: oneOrMany(server, { what: "ADDRESS or ADDRESS:PORT, or a list of them", max: peersMax })
      .optional()
      .describe("Where it is asked. Default what its name resolves to."),
  }),
]);

export const nameserversText = { what: "a list of host names", max: 13 } as const;

export const transferGrantSchema = oneOf("a prefix such as 192.0.2.0/24, or a map with prefix and key", [
  textOf(parsePrefix, "an address, or a prefix such as 192.0.2.0/24").transform((prefix) => ({
    prefix,
    key: undefined,
  })),
  map("a permission", {
    prefix: textOf(parsePrefix, "an address, or a prefix such as 192.0.2.0/24").optional().describe("From where."),
    key: keyName.optional(),
  }),
]);

export const transferGrantsText = { what: "a list of prefixes and keys", max: entriesMax } as const;

export const transferSchema = map("the settings of transfer", {
  to: z.unknown().optional(),
  allow: z.unknown().optional(),
});

const transferShape = {
  to: oneOrMany(peerSchema, peersText)
    .optional()
    .describe("Secondaries: told of each change, allowed to transfer, watched."),
  allow: oneOrMany(transferGrantSchema, transferGrantsText).optional().describe("Who else may transfer."),
};

export const grantNameSchema = textOf(parseGrantName, "a name, or *.NAME");
export const grantNamesText = { what: "a list of names", max: entriesMax } as const;
export const grantTypeSchema = textOf(parseGrantType, "a type such as TXT");
export const grantTypesText = { what: "a list of types", max: 64 } as const;

/** The lists are judged one by one. */
export const updateGrantSchema = map("a permission to update", {
  key: keyName,
  names: z.unknown().optional(),
  types: z.unknown().optional(),
});

const wholeUpdateGrant = map("a permission to update", {
  key: keyName,
  names: oneOrMany(grantNameSchema, grantNamesText).describe("Names that may be changed; *.NAME for all below it."),
  types: oneOrMany(grantTypeSchema, grantTypesText)
    .optional()
    .describe("Types that may be changed. Default all but SOA and NS."),
});

export const updateGrantsText = { what: "a list of permissions to update", max: entriesMax } as const;

export const publisherExpected = "embedded, {update: {servers: [...]}} or {file: {path: PATH}}";

const command = z
  .array(
    text("a text", 1_024),
    withHintFor((input): Hint => {
      const expected = "a list of a program and its arguments, such as [rndc, reload, example.org]";
      if (typeof input !== "string") return { expected };
      const words = input.trim().split(/\s+/).join(", ");
      return { expected, complaint: "is one text, and muster starts no shell", nearest: `[${words}]` };
    }),
  )
  .min(
    1,
    withHintFor(() => ({ expected: "a program and its arguments", complaint: "names no program" })),
  )
  .max(
    64,
    withHintFor(() => ({ expected: "at most 64 words", complaint: "has more than 64 words" })),
  );

const updateShape = { key: keyName.optional() };
const updateServers = oneOrMany(peerSchema, peersText).describe("Servers that get the pools' records.");

const filePublisher = map("the settings of file", {
  path: text("a path", 1_024).describe("File that is written."),
  block: truth()
    .optional()
    .describe("True: only the pools' records, between two marks of a file that is kept by hand. Default false."),
  reload: command.optional().describe("Program and arguments that make the other server read it. Default none."),
  timeout: durationMs({ min: "100ms", max: "5m" }).optional().describe("How long reload may take. Default 10s."),
});

/** Its servers are judged one by one. */
export const updatePublisherSchema = map("the settings of update", { ...updateShape, servers: z.unknown().optional() });

export const publisherSchema = oneOf(publisherExpected, [
  word(["embedded"]),
  map("a publisher", {
    update: z.unknown().optional(),
    file: filePublisher.optional().describe("Writes a zone file."),
  }),
]);

export const publishersText = { what: "a list of publishers", max: publishersMax } as const;

const wholePublisher = oneOf(publisherExpected, [
  word(["embedded"]),
  map("a publisher", {
    update: map("the settings of update", { ...updateShape, servers: updateServers })
      .optional()
      .describe("Sends the pools' records by UPDATE (RFC 2136)."),
    file: filePublisher.optional().describe("Writes a zone file."),
  }),
]);

/** The parts of a zone's settings that are lists, as editors see them. */
export const zoneLists = {
  nameservers: oneOrMany(nameserverSchema, nameserversText)
    .optional()
    .describe(
      "Host names of the zone's nameservers, the first is named in the SOA; with addresses, where they are asked.",
    ),
  primaries: oneOrMany(peerSchema, peersText)
    .optional()
    .describe("Other servers that the zone's own records are taken from. Default none."),
  transfer: map("the settings of transfer", transferShape).optional().describe("Who gets the zone from muster."),
  updates: oneOrMany(wholeUpdateGrant, updateGrantsText)
    .optional()
    .describe("Who may change the zone's own records by UPDATE. Default nobody."),
  publish: oneOrMany(wholePublisher, publishersText).optional().describe("Where the zone goes. Default [embedded]."),
};

const catalogZone = hostName.describe("Name of the catalog zone.");

/** The lists are judged one by one. */
export const catalogSchema = map("the settings of catalog", {
  zone: catalogZone,
  to: z.unknown().optional(),
  allow: z.unknown().optional(),
});

export const wholeCatalogSchema = map("the settings of catalog", { zone: catalogZone, ...transferShape });

export const auditSchema = map("the settings of audit", {
  interval: durationMs({ min: "10s", max: "24h" }).optional().describe("From one audit to the next. Default 5m."),
  lag: durationMs({ min: "100ms", max: "1h" })
    .optional()
    .describe("A nameserver that serves a change later than this is told of. Default 10s."),
});

const shareExpected = "a share from 0% to 100%";

export const shareSchema = z
  .string(
    withHintFor((input): Hint => {
      if (typeof input !== "number") return { expected: shareExpected };
      return { expected: shareExpected, complaint: "has no %", nearest: `${input}%` };
    }),
  )
  .transform((value, context): number => {
    const share = parseShare(value);
    return share.ok ? share.value : addHint(context, value, share.error);
  });

export const onStartSchema = word(["resume", "reset"]);

export const placementSchema = word(["warn", "enforce", "off"]);

export const republishSchema = oneOf("never, or a duration such as 24h", [
  word(["never"]),
  durationMs({ min: "1m", max: "4w" }),
]);
