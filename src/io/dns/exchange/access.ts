/**
 * Who may transfer a zone, change it, or say that it has changed: what the configuration grants, made ready for one look
 * per message. A signature that was verified is worth its key; an address is worth what the network makes of it.
 */
import type { KeyConfig, PeerConfig, TransferConfig, TransferGrant, UpdateGrant } from "../../../core/model.ts";
import { base64Octets } from "../../../dns/octets.ts";
import { nameKey, nameText, textName } from "../../../dns/name.ts";
import { KeyRing, type TsigKey } from "../../../dns/tsig.ts";
import type { NameKey } from "../../../dns/types.ts";
import type { ZoneAccess } from "../../../ports/nameserver.ts";
import { addressOctets } from "../address-octets.ts";

/** Who speaks: the key of a verified signature, as the configuration writes it, and the address. */
export interface Speaker {
  readonly address: string;
  /** Null: unsigned. */
  readonly key: string | null;
}

export class AccessTable {
  readonly keys: KeyRing;
  /** Some zone takes updates. */
  readonly takesUpdates: boolean;
  private readonly zones: ReadonlyMap<NameKey, ZoneAccess>;

  constructor(access: readonly ZoneAccess[], keys: readonly KeyConfig[]) {
    this.keys = new KeyRing(keys.map(tsigKey));
    this.zones = new Map(access.map((zone) => [nameKey(zone.origin), zone]));
    this.takesUpdates = access.some(({ updates }) => updates.length > 0);
  }

  /** Somebody may transfer the zone, or a file holds it, so that its differences are worth keeping. */
  isTransferred(origin: NameKey): boolean {
    const zone = this.zones.get(origin);
    if (zone === undefined) return false;
    return zone.inFile === true || zone.transfer.to.length + zone.transfer.allow.length > 0;
  }

  mayTransfer(origin: NameKey, speaker: Speaker): boolean {
    const transfer = this.zones.get(origin)?.transfer;
    return transfer !== undefined && isAmong(transfer, speaker);
  }

  /** Null: the zone has no primaries. */
  mayNotify(origin: NameKey, speaker: Speaker): boolean | null {
    const primaries = this.zones.get(origin)?.primaries ?? [];
    if (primaries.length === 0) return null;
    return primaries.some((peer) => isAt(peer, speaker) || (peer.key !== null && peer.key === speaker.key));
  }

  /** What the holder of a key may change. */
  grants(origin: NameKey, key: string): readonly UpdateGrant[] {
    return (this.zones.get(origin)?.updates ?? []).filter((grant) => grant.key === key);
  }
}

/** The configuration's word for a key: its name in lower case, without final dot. */
export function keyWord(key: TsigKey): string {
  return nameText(nameKey(key.name)).replace(/\.$/, "");
}

function tsigKey({ name, algorithm, secret }: KeyConfig): TsigKey {
  return { name: textName(name), algorithm, secret: base64Octets(secret) ?? new Uint8Array(0) };
}

function isAmong({ to, allow }: TransferConfig, speaker: Speaker): boolean {
  return to.some((peer) => isPeer(peer, speaker)) || allow.some((grant) => isGranted(grant, speaker));
}

/** A peer that has a key is known by it, wherever it asks from. */
function isPeer(peer: PeerConfig, speaker: Speaker): boolean {
  return peer.key === null ? isAt(peer, speaker) : peer.key === speaker.key;
}

function isAt({ address }: PeerConfig, speaker: Speaker): boolean {
  return isWithinPrefix(speaker.address, address);
}

function isGranted({ prefix, key }: TransferGrant, speaker: Speaker): boolean {
  return (key === null || key === speaker.key) && (prefix === null || isWithinPrefix(speaker.address, prefix));
}

/** `prefix` is an address, or one with the number of its bits that count. */
function isWithinPrefix(address: string, prefix: string): boolean {
  const [network = "", bits] = prefix.split("/");
  const octets = addressOctets(address);
  const wanted = addressOctets(network);
  if (octets.length !== wanted.length) return false;
  const count = bits === undefined ? octets.length * 8 : Number(bits);
  for (let bit = 0; bit < count; bit += 8) {
    const mask = count - bit >= 8 ? 0xff : (0xff << (8 - (count - bit))) & 0xff;
    if ((((octets[bit >> 3] ?? 0) ^ (wanted[bit >> 3] ?? 0)) & mask) !== 0) return false;
  }
  return true;
}
