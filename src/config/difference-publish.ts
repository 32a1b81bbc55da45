/** What a new configuration changes in publishing, in words. Of a key only its name and algorithm are ever said. */
import { unreachable } from "../base/assert.ts";
import type {
  CatalogConfig,
  Config,
  Endpoint,
  KeyConfig,
  PeerConfig,
  PublishConfig,
  RecordConfig,
  TransferConfig,
  UpdateGrant,
  ZoneConfig,
} from "../core/model.ts";
import { describeCheck } from "../core/target.ts";
import { typeText } from "../dns/rr-types.ts";
import { changed, endpointText, seconds } from "./difference-words.ts";

export function describeOperation(old: Config, next: Config): string[] {
  return [
    ...changed("catalog", catalogText(old.catalog), catalogText(next.catalog)),
    ...changed("audit: interval", seconds(old.audit.intervalMs / 1_000), seconds(next.audit.intervalMs / 1_000)),
    ...changed("audit: lag", seconds(old.audit.lagMsMax / 1_000), seconds(next.audit.lagMsMax / 1_000)),
    ...changed("removal-max", percentText(old.removalMax), percentText(next.removalMax)),
    ...changed("references", referencesText(old), referencesText(next)),
    ...changed("brake", brakeText(old), brakeText(next)),
    ...changed("on-start", old.onStart, next.onStart),
    ...changed("placement", old.placement, next.placement),
    ...changed("recording", recordingText(old), recordingText(next)),
    ...changed("rehearsals", rehearsalsText(old), rehearsalsText(next)),
  ];
}

function referencesText({ references }: Config): string {
  const [first] = references;
  return first === undefined
    ? ""
    : `${references.map(({ address }) => address).join(", ")} by ${describeCheck(first.check)}`;
}

function brakeText({ brake }: Config): string {
  if (brake === null) return "off";
  return `${percentText(brake.all)} of all and ${percentText(brake.pool)} of a pool within ${seconds(brake.withinMs / 1_000)}`;
}

function rehearsalsText({ rehearsals }: Config): string {
  return rehearsals
    .map(
      ({ atMinute, days, forMs, pool, timeZone }) =>
        `${pool} on ${days.join(",") || "all days"} at minute ${atMinute} (${timeZone}) for ${forMs / 1_000}s`,
    )
    .join("; ");
}

function recordingText({ recording }: Config): string {
  if (recording === null) return "off";
  return `${recording.bytes / 1_048_576} MiB for ${seconds(recording.ms / 1_000)}`;
}

function percentText(share: number): string {
  return `${Math.round(share * 100_000) / 1_000}%`;
}

function catalogText(catalog: CatalogConfig | null): string {
  return catalog === null ? "" : `${catalog.origin} (${transferText(catalog.transfer)})`;
}

export function compareKeys(old: KeyConfig, next: KeyConfig): string[] {
  const secret = old.secret === next.secret ? [] : ["the secret changed"];
  return [...changed("algorithm", old.algorithm, next.algorithm), ...secret];
}

export function peersText(peers: readonly PeerConfig[]): string {
  return peers.map((peer) => endpointText(peer) + (peer.key === null ? "" : ` with key ${peer.key}`)).join(", ");
}

export function nameserversText({ nameserverAddresses, nameservers }: ZoneConfig): string {
  const places = (endpoints: readonly Endpoint[] = []): string =>
    endpoints.length === 0 ? "" : ` at ${endpoints.map(endpointText).join(" and ")}`;
  return nameservers.map((name) => name + places(nameserverAddresses[name])).join(", ");
}

export function transferText({ allow, to }: TransferConfig): string {
  const grants = allow.map(({ key, prefix }) => (prefix ?? "anywhere") + (key === null ? "" : ` with key ${key}`));
  const told = to.length === 0 ? [] : [peersText(to)];
  return [...told, ...(grants.length === 0 ? [] : [`allowed from ${grants.join(", ")}`])].join("; ");
}

export function grantsText(grants: readonly UpdateGrant[]): string {
  const one = ({ key, names, types }: UpdateGrant): string => {
    const what = types.length === 0 ? "all types" : types.map(typeText).join(" and ");
    return `key ${key} may change ${what} of ${names.join(" and ")}`;
  };
  return grants.map(one).join("; ");
}

export function publishText(publishers: readonly PublishConfig[]): string {
  return publishers.map(publisherText).join("; ");
}

function publisherText(publisher: PublishConfig): string {
  switch (publisher.kind) {
    case "embedded":
      return "embedded";
    case "update":
      return `update to ${peersText(publisher.servers)}`;
    case "file": {
      const { block, path, reload, reloadMsMax } = publisher;
      const then = reload === null ? "" : `, then ${reload.join(" ")} within ${seconds(reloadMsMax / 1_000)}`;
      return `${block ? "a block of " : ""}file ${path}${then}`;
    }
    default:
      return unreachable(publisher);
  }
}

export function recordText(record: RecordConfig): string {
  if (record.kind === "mx") return `mx of preference ${record.preference}`;
  if (record.kind === "srv") return `srv of priority ${record.priority} and port ${record.port}`;
  return record.kind;
}
