/**
 * What `muster audit` audits: the nameservers named on the command line, or those that the controller watches, or those
 * of a configuration, or those of the zone's NS records; and what they are compared with.
 */
import { ClientError } from "../api/client-error.ts";
import type { RecordsReply, StatusReply } from "../api/contract.ts";
import type { ApiClient } from "../api/client.ts";
import { parseAddress } from "../config/address.ts";
import type { AuditTarget } from "../core/audit.ts";
import { recordTypes } from "../core/member-record.ts";
import type { Endpoint, ZoneConfig } from "../core/model.ts";
import { isWithin, nameKey, nameText, parseName, textName } from "../dns/name.ts";
import { parseRdataText } from "../dns/rdata/index.ts";
import { rrType, typeNumber } from "../dns/rr-types.ts";
import type { Name, RRset, SetKey } from "../dns/types.ts";
import { aliasesOf, aliasFaults } from "../io/audit/aliases.ts";
import type { AuditZone } from "../io/audit/audit-zone.ts";
import { readConfigFile } from "../io/config-file.ts";
import { findNameserverNames, locateNameservers } from "../io/audit/find-nameservers.ts";
import { apiUrlDefault, connect, type ConnectOptions } from "./connect.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCode } from "./exit-codes.ts";
import { readConfigOrTell } from "./read-config.ts";

export interface AuditOptions extends ConnectOptions {
  readonly noApi: boolean;
  readonly config?: string | undefined;
  readonly nameservers: readonly string[];
  readonly names: readonly string[];
  readonly lagMsMax: number;
}

type Plan = Omit<AuditZone, "lagMsMax" | "signal">;

/** Null: the configuration has mistakes, which were told. */
export async function planAudit(context: CliContext, zone: string, options: AuditOptions): Promise<Plan | null> {
  const origin = readZone(zone);
  const named = options.nameservers.map(readNameserver);
  const compare = comparedSets(origin, options.names);
  const from = await sourceOf(context, { options, zone: zone.replace(/\.$/, "").toLowerCase() });
  if (from === null) return null;
  const listed = named.length > 0 ? await locate(named, from.proofOf) : await from.nameservers();
  if (listed.targets.length === 0 && listed.faults.length === 0) {
    throw new CliError(exitCode.usage, `No nameserver of ${zone} is known; name them with --nameserver.`);
  }
  const extra = [...listed.faults, ...(await from.extra())];
  return { origin, targets: listed.targets, decided: from.decided, compare: [...compare, ...from.compare], extra };
}

interface Source {
  readonly decided: AuditZone["decided"];
  readonly compare: readonly SetKey[];
  readonly proofOf: ProofOf;
  nameservers(): Promise<Located>;
  extra(): Promise<AuditZone["extra"]>;
}

type ProofOf = (endpoint: Endpoint) => AuditTarget["proof"];

/** Nobody says that a nameserver counts serials of its own. */
const bySerial: ProofOf = () => "serial";

interface Located {
  readonly targets: readonly AuditTarget[];
  readonly faults: AuditZone["extra"];
}

interface Wanted {
  readonly options: AuditOptions;
  readonly zone: string;
}

const nothingExtra = (): Promise<AuditZone["extra"]> => Promise.resolve([]);

async function sourceOf(context: CliContext, wanted: Wanted): Promise<Source | null> {
  if (wanted.options.config !== undefined) return configSource(context, wanted.options.config, wanted.zone);
  const asked = wanted.options.noApi ? null : await askController(context, wanted.options);
  if (asked === null) return worldSource(wanted.zone);
  if (asked.status.zones.every(({ origin }) => origin !== wanted.zone)) {
    throw new CliError(exitCode.usage, `The controller has no zone ${wanted.zone}.`);
  }
  return controllerSource(asked.status, await asked.client.records(wanted.zone));
}

interface Asked {
  readonly client: ApiClient;
  readonly status: StatusReply;
}

/** Null: none was named and none answers where it usually is. */
async function askController(context: CliContext, options: AuditOptions): Promise<Asked | null> {
  try {
    const client = connect(context, options);
    return { client, status: await client.status() };
  } catch (thrown) {
    const isNamed = options.api !== undefined || context.io.env["MUSTER_API"] !== undefined;
    if (isNamed || !(thrown instanceof ClientError) || thrown.kind !== "unreachable") throw thrown;
    context.io.err(`muster: no controller at ${apiUrlDefault}; the nameservers are compared with each other.\n`);
    return null;
  }
}

function controllerSource(status: StatusReply, { aliases, origin, serial, sets }: RecordsReply): Source {
  const watched = status.nameservers.filter(({ zone }) => zone === origin);
  const targets = watched.flatMap(({ endpoint, name, proof }): AuditTarget[] => {
    const found = readEndpoint(endpoint);
    return found === null ? [] : [{ name, endpoint: found, proof }];
  });
  const unresolved = watched.filter(({ endpoint }) => endpoint === "");
  const faults = unresolved.map(({ name, reason }) => ({ kind: "unresolved" as const, name, clause: reason }));
  return {
    decided: { serial, since: null, sets: sets.map(readSet) },
    compare: [],
    proofOf: ({ address, port }) => {
      const known = targets.find(({ endpoint }) => endpoint.address === address && endpoint.port === port);
      return known?.proof ?? "serial";
    },
    nameservers: () => Promise.resolve({ targets, faults }),
    extra: () => aliasFaults(aliases, {}),
  };
}

function readSet({ data, name, ttlSeconds, type: text }: RecordsReply["sets"][number]): RRset {
  const type = typeNumber(text);
  const strange = (why: string): CliError =>
    new CliError(exitCode.no, `The controller has a record that cannot be read here: ${name} ${text}: ${why}.`);
  if (type === null) throw strange("unknown type");
  const rdata = data.map((one) => {
    const parsed = parseRdataText(type, one, textName("."));
    if (!parsed.ok) throw strange(parsed.error);
    return parsed.value;
  });
  return { owner: textName(name), type, ttlSeconds, rdata };
}

async function configSource(context: CliContext, file: string, origin: string): Promise<Source | null> {
  const read = await readConfigOrTell(context, file, readConfigFile);
  if (read === null) return null;
  const { config } = read;
  const zone = config.zones.find((one) => one.origin === origin);
  if (zone === undefined) throw new CliError(exitCode.usage, `${file} has no zone ${origin}.`);
  const pools = config.pools.filter((pool) => pool.zone === origin);
  return {
    decided: null,
    compare: pools.flatMap(({ name, record }) => recordTypes(record).map((type) => ({ owner: textName(name), type }))),
    proofOf: bySerial,
    nameservers: () => configuredNameservers(zone),
    extra: () => aliasFaults(aliasesOf(pools), {}),
  };
}

function configuredNameservers(zone: ZoneConfig): Promise<Located> {
  return locate(zone.nameservers.map((name) => ({ name, endpoints: zone.nameserverAddresses[name] ?? null })));
}

function worldSource(zone: string): Source {
  const nameservers = async (): Promise<Located> => {
    const names = await findNameserverNames(zone);
    if (typeof names === "string") {
      throw new CliError(exitCode.no, `${zone} cannot be audited: ${names}; name its nameservers with --nameserver.`);
    }
    return locateNameservers(names);
  };
  return { decided: null, compare: [], proofOf: bySerial, nameservers, extra: nothingExtra };
}

interface Named {
  readonly name: string;
  /** Null: to be looked up. */
  readonly endpoints: readonly Endpoint[] | null;
}

async function locate(named: readonly Named[], proofOf: ProofOf = bySerial): Promise<Located> {
  const known = named.flatMap(({ name, endpoints }) => (endpoints ?? []).map((endpoint) => ({ name, endpoint })));
  const sought = named.flatMap(({ endpoints, name }) => (endpoints === null ? [name.toLowerCase()] : []));
  const found = await locateNameservers([...new Set(sought)]);
  // Who is named twice is asked once.
  const all = new Map([...known, ...found.targets].map((target) => [JSON.stringify(target).toLowerCase(), target]));
  return {
    targets: [...all.values()].map(({ endpoint, name }) => ({ name, endpoint, proof: proofOf(endpoint) })),
    faults: found.faults,
  };
}

function readZone(text: string): Name {
  const name = parseName(text);
  if (name.ok) return name.value;
  throw new CliError(exitCode.usage, `"${text}" is no name of a zone: ${name.error}.`);
}

/** `NAME`, `NAME@ADDRESS`, `NAME@ADDRESS:PORT`, or an address alone. */
function readNameserver(text: string): Named {
  const at = text.indexOf("@");
  const alone = at < 0 ? readEndpoint(text) : null;
  if (alone !== null) return { name: text, endpoints: [alone] };
  const name = at < 0 ? text : text.slice(0, at);
  const parsed = parseName(name);
  if (!parsed.ok) throw new CliError(exitCode.usage, `"${name}" is no name of a nameserver: ${parsed.error}.`);
  if (at < 0) return { name, endpoints: null };
  const endpoint = readEndpoint(text.slice(at + 1));
  if (endpoint !== null) return { name, endpoints: [endpoint] };
  const expected = "expected one such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353";
  throw new CliError(exitCode.usage, `"${text.slice(at + 1)}" is no address of a nameserver; ${expected}.`);
}

const portMax = 65_535;

/** Null: no address, or no port. */
function readEndpoint(text: string): Endpoint | null {
  const whole = parseAddress(text);
  if (whole !== null) return { address: whole.text, port: 53 };
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const address = parseAddress(match?.[1] ?? "");
  const port = Number(match?.[2] ?? 0);
  return address === null || port < 1 || port > portMax ? null : { address: address.text, port };
}

/** The zone's NS, and the records of the names on the command line. */
function comparedSets(origin: Name, names: readonly string[]): readonly SetKey[] {
  const owners = names.map((text) => {
    const name = parseName(text);
    if (!name.ok) throw new CliError(exitCode.usage, `"${text}" is no name: ${name.error}.`);
    if (isWithin(nameKey(name.value), nameKey(origin))) return name.value;
    throw new CliError(
      exitCode.usage,
      `${text} is not in ${nameText(origin).replace(/\.$/, "")}, whose nameservers are to be audited.`,
    );
  });
  const kinds = ["address", "mx", "srv", "ptr", "txt"] as const;
  const types = kinds.flatMap((kind) => recordTypes({ kind }));
  return [{ owner: origin, type: rrType.NS }, ...owners.flatMap((owner) => types.map((type) => ({ owner, type })))];
}
