/**
 * The glossary: every word that muster uses for its own things, as a type. Config, core, API, CLI, page and
 * manual use these words and no others. A `Config` is what the loader returns: frozen, complete, every default
 * filled in. Names of zones and pools are lower-case text without a final dot.
 */
import type { Wall } from "../base/time.ts";
import type { AgentConfig, AgentProbe, MountProbe } from "./agent.ts";
import type { FaultCode } from "./fault.ts";
import type { MailProbe } from "./mail-probe.ts";
import type { MaintenanceConfig } from "./maintenance.ts";
import type { NotifyConfig } from "./notify.ts";
import type { RehearsalConfig } from "./rehearsal.ts";
import type { RecordingKeep } from "./recording.ts";

export interface Endpoint {
  /** An IPv4 or IPv6 address without brackets. */
  readonly address: string;
  readonly port: number;
}

export interface Config {
  /** The file it came from; relative paths in it are relative to its folder. */
  readonly file: string;
  /** Path of the SQLite database. */
  readonly state: string;
  readonly dns: DnsConfig;
  readonly api: ApiConfig;
  /** TSIG keys (RFC 8945) that zones and peers name. */
  readonly keys: readonly KeyConfig[];
  /** Lists the zones that secondaries may have, for secondaries that read catalogs (RFC 9432); null: none. */
  readonly catalog: CatalogConfig | null;
  readonly audit: AuditConfig;
  /** Share of the published records that a reload may remove without being forced, from 0 to 1. */
  readonly removalMax: number;
  /** Targets of which one at least must answer, or the checker itself is sick; empty: it never knows. */
  readonly references: readonly Target[];
  /** Null: no limit on how many members leave at once. */
  readonly brake: BrakeConfig | null;
  readonly diagnosis: DiagnosisConfig;
  /** Null: the controller is the only vantage point. */
  readonly watch: WatchConfig | null;
  /** Machines that report on themselves. */
  readonly agents: readonly AgentConfig[];
  /** `reset`: each start begins with the normal state, as if every member were up. */
  readonly onStart: "resume" | "reset";
  /** Whether muster may run on the machine, or in the network, of a member or nameserver: told, refused, or ignored. */
  readonly placement: "warn" | "enforce" | "off";
  readonly zones: readonly ZoneConfig[];
  readonly pools: readonly PoolConfig[];
  /** Windows that come again and again. */
  readonly maintenance: readonly MaintenanceConfig[];
  /** Who is told of what; null: nobody. */
  readonly notify: NotifyConfig | null;
  /** How much is kept of what probes find, for `muster replay`; null: nothing. */
  readonly recording: RecordingKeep | null;
  /** Rehearsals that come again and again. */
  readonly rehearsals: readonly RehearsalConfig[];
}

export type KeyAlgorithm = "hmac-sha256" | "hmac-sha384" | "hmac-sha512";

export interface KeyConfig {
  /** Lower-case name without final dot, as in TSIG. */
  readonly name: string;
  readonly algorithm: KeyAlgorithm;
  /** Octets in base64. Never printed. */
  readonly secret: string;
}

/** Another DNS server, and the key that is used with it. */
export interface PeerConfig extends Endpoint {
  /** Null: without a signature. */
  readonly key: string | null;
}

export interface CatalogConfig {
  readonly origin: string;
  readonly transfer: TransferConfig;
}

/** How many members may leave within a window without an operator; shares from 0 to 1. */
export interface BrakeConfig {
  /** Of all members. */
  readonly all: number;
  /** Of each pool. */
  readonly pool: number;
  readonly withinMs: number;
}

/** What faults are told apart by (`core/diagnosis.ts`). */
export interface DiagnosisConfig {
  /** Networks whose members hang on one switch or uplink, such as `192.0.2.0/25`; what lies in none is in one by its prefix. */
  readonly networks: readonly string[];
  /** Lengths of that prefix. */
  readonly prefix4: number;
  readonly prefix6: number;
  /** The pool that is the web cluster; null: none. */
  readonly webCluster: string | null;
}

/** Vantage points elsewhere, which judge the same targets. */
export interface WatchConfig {
  /** Where watchers report to; null: nowhere. */
  readonly listen: Endpoint | null;
  /** Whether the controller's own opinion counts. */
  readonly selfVotes: boolean;
  readonly watchers: readonly WatcherConfig[];
}

export interface WatcherConfig {
  readonly name: string;
  /** False: what it sees is shown, and decides nothing. */
  readonly votes: boolean;
  /** As the controller's references, seen from there. */
  readonly references: readonly Target[];
}

/** How many vantage points must say down: one, more than half, or so many. */
export type Quorum = "any" | "majority" | number;

export interface AuditConfig {
  /** From one round over all nameservers to the next. */
  readonly intervalMs: number;
  /** A nameserver that does not serve a change after so long is told of. */
  readonly lagMsMax: number;
}

export interface DnsConfig {
  readonly listen: readonly Endpoint[];
  /** Answered to the NSID option (RFC 5001); null: none. */
  readonly nsid: string | null;
  /** Threads that answer, each with its own socket on the same port. */
  readonly threads: number;
}

export interface ApiConfig {
  readonly listen: Endpoint;
  /** Bearer token; null is allowed on loopback only. */
  readonly token: string | null;
}

export interface ZoneConfig {
  readonly origin: string;
  /** A master file that holds the zone's own records; pools are laid over it. Null: muster makes SOA and NS itself. */
  readonly file: string | null;
  readonly ttlSeconds: number;
  /** TTL while a change is near: a member is suspected, or a last resort is served. */
  readonly ttlMinSeconds: number;
  /** Host names for the NS records; the first is the SOA's MNAME. */
  readonly nameservers: readonly string[];
  /** Mail address of the SOA's RNAME. */
  readonly contact: string;
  /** TTL of negative answers (RFC 2308). */
  readonly negativeTtlSeconds: number;
  /** Where each nameserver is asked; one that is not here is looked up by its name, port 53. */
  readonly nameserverAddresses: Readonly<Record<string, readonly Endpoint[]>>;
  /** Other servers that the zone's own records are taken from; empty: muster is the only primary. */
  readonly primaries: readonly PeerConfig[];
  readonly transfer: TransferConfig;
  readonly updates: readonly UpdateGrant[];
  readonly publish: readonly PublishConfig[];
  /** A quiet zone gets a new serial after so long; null: never. */
  readonly republishMs: number | null;
}

export interface TransferConfig {
  /** Secondaries: told of each change (NOTIFY), allowed to transfer, and watched. */
  readonly to: readonly PeerConfig[];
  /** Who else may transfer. */
  readonly allow: readonly TransferGrant[];
}

/** Both must fit where both are given. */
export interface TransferGrant {
  /** An address or prefix such as 192.0.2.0/24; null: from anywhere. */
  readonly prefix: string | null;
  /** Null: unsigned. */
  readonly key: string | null;
}

/** What the holder of a key may change by UPDATE. Names of pools are never theirs. */
export interface UpdateGrant {
  readonly key: string;
  /** A name, or `*.NAME` for all names below it; lower-case without final dot. */
  readonly names: readonly string[];
  /** Type numbers; empty: all but SOA and NS. */
  readonly types: readonly number[];
}

export type PublishConfig =
  | { readonly kind: "embedded" }
  /** Pools' records, by RFC 2136, to each server on its own. */
  | { readonly kind: "update"; readonly servers: readonly PeerConfig[] }
  | FilePublishConfig;

export interface FilePublishConfig {
  readonly kind: "file";
  readonly path: string;
  /** True: pools' records between two marks of a file that is kept by hand. False: the whole zone. */
  readonly block: boolean;
  /** Program and arguments that make the other server read it; null: none. */
  readonly reload: readonly string[] | null;
  readonly reloadMsMax: number;
}

export type Policy = "round-robin" | "weighted" | "priority";

/** What is answered when no member is fit. An address answers with that address. */
export type LastResort =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  /** The members with the newest data that is known. */
  | { readonly kind: "least-stale" }
  | { readonly kind: "address"; readonly address: string };

/** When a `priority` pool returns to a better member that is fit again. */
export type Failback =
  | { readonly kind: "at-once" }
  | { readonly kind: "after"; readonly stableMs: number }
  | { readonly kind: "manual" };

export interface PoolConfig {
  readonly name: string;
  /** Origin of the zone that holds the name. */
  readonly zone: string;
  readonly policy: Policy;
  /** How many members one answer names at most; null: all that are fit. */
  readonly answersMax: number | null;
  readonly lastResort: LastResort;
  readonly failback: Failback;
  readonly record: RecordConfig;
  /** Public names in other zones that should be CNAMEs to the pool's. */
  readonly aliases: readonly string[];
  readonly members: readonly MemberConfig[];
  /** Rehearsals may make its members fail. */
  readonly canary: boolean;
  /** So fast a failure is to be over, TTL included; null: nothing is stated. */
  readonly recoveryMs: number | null;
}

/** What a pool's members are in DNS: their addresses, or records that name a host, or a text. */
export type RecordConfig =
  | { readonly kind: "address" }
  | { readonly kind: "mx"; readonly preference: number }
  | { readonly kind: "srv"; readonly priority: number; readonly port: number }
  | { readonly kind: "ptr" }
  | { readonly kind: "txt" };

export interface MemberConfig {
  /** `pool/address`. */
  readonly id: string;
  readonly pool: string;
  /** What people call it; the address when nothing was configured. */
  readonly label: string;
  readonly address: string;
  readonly family: 4 | 6;
  /** For records that are no addresses: the host's name (MX, SRV, PTR), or the text (TXT); null for addresses. */
  readonly target: string | null;
  /** Share of answers under `weighted`; 0: only when no other is fit. */
  readonly weight: number;
  /** Under `priority` the smallest number that is fit answers. */
  readonly priority: number;
  readonly check: CheckConfig;
}

/** `auto` learns from the member's own answering times and stays within the two bounds. */
export type Timeout =
  | { readonly kind: "fixed"; readonly ms: number }
  | { readonly kind: "auto"; readonly minMs: number; readonly maxMs: number };

export interface CheckConfig {
  readonly probe: ProbeConfig;
  readonly intervalMs: number;
  readonly timeout: Timeout;
  /** Good probes in a row that make a member up. */
  readonly rise: number;
  /** Bad probes in a row that make a member down. */
  readonly fall: number;
  /** Distance between confirming probes once a member is suspected. */
  readonly confirmMs: number;
  /** A probe that has not answered for so long raises suspicion before its timeout. */
  readonly suspectMs: number;
  /** Keep an idle connection open and probe at once when it closes. */
  readonly tripwire: boolean;
  /** A kept connection carries probes, but every n-th is on a new one; 1: every probe. */
  readonly freshEvery: number;
  /** When a member that changes often is held out of answers. */
  readonly flapping: FlapConfig;
  /** Absent: a majority, where there are watchers. */
  readonly quorum?: Quorum;
}

/** See `core/flap.ts`. */
export type FlapConfig =
  | { readonly kind: "off" }
  | { readonly kind: "count"; readonly changes: number; readonly withinMs: number; readonly holdMs: number }
  | { readonly kind: "penalty"; readonly halfLifeMs: number; readonly suppress: number; readonly reuse: number };

export type ProbeConfig = HttpProbe | TcpProbe | MailProbe | DatabaseProbe | CompositeProbe | PlainProbe;

/** Kinds that ask one thing in a way of their own. */
type PlainProbe =
  | TlsProbe
  | DnsProbe
  | PingProbe
  | SshProbe
  | UdpProbe
  | ExecProbe
  | FreshnessProbe
  | AgentProbe
  | MountProbe;

export interface TlsConfig {
  /** Name sent as SNI and verified in the certificate. */
  readonly serverName: string;
  readonly verify: boolean;
}

export interface HttpProbe {
  readonly kind: "http";
  readonly method: "GET" | "HEAD";
  readonly port: number;
  /** Null: plain HTTP. */
  readonly tls: TlsConfig | null;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Accepted status codes, as inclusive ranges. */
  readonly status: readonly { readonly from: number; readonly to: number }[];
  /** What the body must hold; null: anything. */
  readonly body: BodyMatch | null;
  readonly bodyBytesMax: number;
  readonly redirectsMax: number;
}

export type BodyMatch =
  | { readonly kind: "contains"; readonly text: string }
  | { readonly kind: "matches"; readonly pattern: string };

export interface TcpProbe {
  readonly kind: "tcp";
  readonly port: number;
  /** Sent after connecting, CRLF included; null: nothing. */
  readonly send: string | null;
  /** A fragment that must appear in the reply; null: connecting is enough. */
  readonly expect: string | null;
  readonly replyBytesMax: number;
}

/** Where a secret is kept. It is read when it is needed, so that it is never part of a configuration. */
export type SecretPlace =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "env"; readonly name: string }
  /** One of an agent's own, by the name that the agent gives it: where it is kept only the agent knows. */
  | { readonly kind: "agent"; readonly name: string };

/** Logs in, and asks what is wanted. */
interface DatabaseSettings {
  readonly port: number;
  readonly tls: TlsConfig | null;
  readonly user: string;
  /** Null: none is sent. */
  readonly password: SecretPlace | null;
  /** Null: none is chosen, or the server's usual one. */
  readonly database: string | null;
  readonly query: string;
  /** What the first field of the first row must be; null: any answer will do. */
  readonly expect: string | null;
  /** Whether it must take writes; null: no matter. */
  readonly writable: boolean | null;
  /** How far a replica may lag behind; null: no matter. */
  readonly lagMsMax: number | null;
  /** A table of its own, written at each probe; null: nothing is written. */
  readonly writeTable: string | null;
}

export interface PostgresProbe extends DatabaseSettings {
  readonly kind: "postgres";
}

export interface MariadbProbe extends DatabaseSettings {
  readonly kind: "mariadb";
}

export type DatabaseProbe = PostgresProbe | MariadbProbe;

export interface TlsProbe {
  readonly kind: "tls";
  readonly port: number;
  readonly tls: TlsConfig;
  /** Down when a certificate of the chain expires in fewer days; null: only once it has expired. */
  readonly daysLeftMin: number | null;
}

export interface DnsProbe {
  readonly kind: "dns";
  readonly port: number;
  readonly transport: "udp" | "tcp";
  /** Lower-case name without final dot; empty: the root. */
  readonly name: string;
  /** Mnemonic, or TYPEnnn. */
  readonly type: string;
  readonly recursion: boolean;
  /** The wanted response code, such as `NOERROR`. */
  readonly rcode: string;
  /** Whether the answer must be authoritative (the AA bit). */
  readonly authoritative: boolean;
  /** Records that must be among the answers, as a zone file has them. */
  readonly answer: readonly string[];
  /** Whether an answer without any record of the type will do. */
  readonly emptyOk: boolean;
  /** Oldest SOA serial that will do (RFC 1982); null: any. */
  readonly serialMin: number | null;
  /** Another server, whose SOA serial the member may be behind for so long; null: none. */
  readonly primary: { readonly endpoint: Endpoint; readonly lagMsMax: number } | null;
}

export interface PingProbe {
  readonly kind: "ping";
  readonly dataBytes: number;
}

export interface SshProbe {
  readonly kind: "ssh";
  readonly port: number;
  /** A fragment that the banner must hold; null: any banner of SSH 2. */
  readonly expect: string | null;
}

export interface UdpProbe {
  readonly kind: "udp";
  readonly port: number;
  readonly sendHex: string;
  /** A fragment of the answer; null: any answer. */
  readonly expectHex: string | null;
}

/** A program with the exit codes of monitoring plugins. */
export interface ExecProbe {
  readonly kind: "exec";
  /** Absolute path and arguments, with `{address}` and `{port}` in them. */
  readonly command: readonly string[];
  readonly port: number | null;
  /** What exit code 1 means. */
  readonly warning: "up" | "down";
  /** Names of variables that it gets from muster's own environment. */
  readonly environment: readonly string[];
}

/** See `io/probe/freshness.ts`. */
export interface FreshnessProbe {
  readonly kind: "freshness";
  /** Where the newest data is; tried in turn. */
  readonly origins: readonly OriginConfig[];
  /** What the member is asked for. */
  readonly request: HttpProbe;
  readonly format: StampFormat;
  /** Further behind the origin is down. */
  readonly lagMsMax: number;
}

export interface OriginConfig {
  /** As it is shown. */
  readonly url: string;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly request: HttpProbe;
}

/** How a timestamp document tells its time. `auto`: any form that stands at its beginning. */
export type StampFormat =
  | { readonly kind: "auto" | "unix" | "iso" | "rfc2822" | "last-modified" }
  | { readonly kind: "matches"; readonly pattern: string };

/** Probes side by side. A part that is unknown counts neither way. */
export type CompositeProbe = AllProbe | AnyProbe | AtLeastProbe;

export interface AllProbe {
  readonly kind: "all";
  readonly of: readonly ProbeConfig[];
}

export interface AnyProbe {
  readonly kind: "any";
  readonly of: readonly ProbeConfig[];
}

export interface AtLeastProbe {
  readonly kind: "at-least";
  /** How many must be up. */
  readonly count: number;
  readonly of: readonly ProbeConfig[];
}

/** An address and the check that judges it. Members of several pools that share both are judged once. */
export interface Target {
  readonly id: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly check: CheckConfig;
}

/**
 * What one probe found. `down` is the member's fault, with a reason a person can read; `unknown` is the checker's
 * own: no socket left, no route at all, its resolver failing. `unknown` never counts against a member.
 */
export type Verdict =
  | { readonly kind: "up"; readonly tookMs: number; readonly detail: string; readonly data?: DataAge }
  | {
      readonly kind: "down";
      readonly tookMs: number;
      readonly reason: string;
      /** Absent: not known. */
      readonly fault?: FaultCode | undefined;
      readonly data?: DataAge;
    }
  | { readonly kind: "unknown"; readonly tookMs: number; readonly reason: string; readonly data?: never };

/** How old what a member serves was found to be. */
export interface DataAge {
  /** When its data is from. */
  readonly at: Wall;
  /** How far it was behind the origin. */
  readonly staleMs: number;
}

/** Smoothed verdicts. `unproven`: never judged since muster knows it; it enters no answer. */
export type Health = "unproven" | "up" | "down" | "flapping";

/** `drain`: out of new answers, still working. `disable`: out, and not to be used even as a last resort. */
export type OverrideKind = "drain" | "disable";

export interface Override {
  readonly member: string;
  readonly kind: OverrideKind;
  readonly owner: string;
  readonly reason: string;
  readonly setAt: Wall;
  /** Null: until somebody enables the member. */
  readonly expiresAt: Wall | null;
}

/** What is kept of a target across restarts. */
export interface SavedTarget {
  readonly id: string;
  readonly health: Health;
  readonly since: Wall;
  readonly reason: string;
  /** What failed, of one that is down; null: nothing, or it is not known. */
  readonly fault: FaultCode | null;
  /** Good probes in a row, at most `rise`. */
  readonly rises: number;
  /** Bad probes in a row, at most `fall`. */
  readonly falls: number;
  /** When its health changed lately, and until when it is held out for that; null: it is not. */
  readonly flips: readonly Wall[];
  readonly heldUntil: Wall | null;
  /** Why it is held; empty while it is not. */
  readonly holdReason: string;
}

/** What is kept of a pool across restarts. */
export interface SavedPool {
  readonly name: string;
  /** The priority that answers now; null under other policies or before the first decision. */
  readonly activePriority: number | null;
}

export type { HistoryEvent, HistoryKind, ToldDiagnosis } from "./history.ts";
