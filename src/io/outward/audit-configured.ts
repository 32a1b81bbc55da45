/** The audit of a zone inside the controller: every nameserver that is watched, against what was decided. */
import type { Now } from "../../base/time.ts";
import { wall } from "../../base/time.ts";
import type { AuditFinding } from "../../core/audit-report.ts";
import type { Config } from "../../core/model.ts";
import type { NameserverState } from "../../core/view.ts";
import { textName } from "../../dns/name.ts";
import type { RRset } from "../../dns/types.ts";
import { type AuditFault, endpointKey } from "../../roles/outward/events.ts";
import type { ZoneState } from "../../roles/outward/state.ts";
import { aliasesOf, aliasFaults } from "../audit/aliases.ts";
import { auditZone } from "../audit/audit-zone.ts";

export interface ConfiguredAudit {
  readonly origin: string;
  readonly config: Config | null;
  readonly zone: ZoneState | null;
  readonly decided: () => readonly RRset[];
  readonly now: Now;
  readonly signal: AbortSignal;
}

export async function auditConfigured(audit: ConfiguredAudit): Promise<readonly AuditFault[]> {
  const { config, decided, now, origin, signal, zone } = audit;
  const published = zone?.publications.at(-1);
  if (config === null || zone === null || published === undefined) return [];
  const pools = config.pools.filter((pool) => pool.zone === origin);
  const report = await auditZone({
    origin: textName(origin),
    targets: [...zone.watches.values()].map(({ config: watch }) => watch),
    decided: { serial: published.serial, since: wall(now.wall - (now.mono - published.at)), sets: decided() },
    compare: [],
    lagMsMax: config.audit.lagMsMax,
    extra: await aliasFaults(aliasesOf(pools), { signal }),
    signal,
  });
  // What changed while the questions were under way makes answers look wrong that are right.
  if (zone.publications.at(-1) !== published) return report.findings.filter(isLasting).map(faultOf);
  return report.findings.map(faultOf);
}

function isLasting({ kind }: AuditFinding): boolean {
  return kind !== "different" && kind !== "behind" && kind !== "ahead";
}

const states: ReadonlySet<string> = new Set<NameserverState>(["behind", "unreachable", "refused", "lame", "different"]);

function isState(kind: string): kind is NameserverState {
  return states.has(kind);
}

/** What is wrong over TCP alone is a remark: most clients never see it. */
function faultOf({ kind, name, endpoint, transports, sentence }: AuditFinding): AuditFault {
  const place = endpoint === null ? null : endpointKey(endpoint);
  const state = kind === "ahead" ? "different" : kind;
  const counts = transports.includes("udp") && isState(state);
  const key = [kind, name, place ?? "", transports.join("+")].join(" ");
  return { key, endpoint: place, state: counts ? state : null, sentence };
}
