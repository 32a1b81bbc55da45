/** One look at a nameserver: does it serve the change? By its SOA, or by the records themselves. */
import { type Heard, judgeSoa } from "../../core/audit.ts";
import type { ResourceRecord } from "../../dns/message.ts";
import { nameKey, nameText } from "../../dns/name.ts";
import { octetString } from "../../dns/octets.ts";
import { canonicalRdata } from "../../dns/rdata/index.ts";
import { rrType, typeText } from "../../dns/rr-types.ts";
import type { Name, RRset, SetKey } from "../../dns/types.ts";
import type { TsigKey } from "../../dns/tsig.ts";
import type { SeenOutcome, WatchConfig } from "../../roles/outward/events.ts";
import type { Transport } from "../dns-client/ask.ts";
import { askQuestion } from "../dns-client/question.ts";

/** The machine asks again by itself. */
const askMsMax = 1000;

export interface Look {
  readonly origin: Name;
  readonly watch: WatchConfig;
  /** The newest that was published. */
  readonly serial: number;
  /** Under `records`: what should be there. */
  readonly sets: readonly RRset[];
  readonly way: LookWay;
  readonly signal: AbortSignal;
}

export interface LookWay {
  readonly transport: Transport;
  readonly key: TsigKey | null;
}

/** As everybody asks. */
export const publicWay: LookWay = { transport: "udp", key: null };

export interface Seen {
  readonly outcome: SeenOutcome;
  /** The zone's SOA, if it was muster's. */
  readonly soa: ResourceRecord | null;
}

export async function lookAt(look: Look): Promise<Seen> {
  const heard = await askFor(look, { owner: look.origin, type: rrType.SOA });
  if (heard.kind !== "answer") return { outcome: { kind: "unreachable", reason: heard.reason }, soa: null };
  const outcome = judgeSoa(heard.message, look.origin);
  if (outcome.kind !== "serial") return { outcome, soa: null };
  if (look.watch.proof === "records") return { outcome: await compareSets(look), soa: null };
  return { outcome, soa: heard.message.answers.find(({ type }) => type === rrType.SOA) ?? null };
}

async function compareSets(look: Look): Promise<SeenOutcome> {
  for (const set of look.sets) {
    const reason = differenceIn(set, await askFor(look, set));
    if (reason !== null) return { kind: "differs", reason };
  }
  return { kind: "serial", serial: look.serial };
}

function askFor({ watch, way, signal }: Look, { owner, type }: SetKey): Promise<Heard> {
  const once = { edns: false, recursionDesired: false, timeoutMs: askMsMax, tries: 1 };
  return askQuestion({ endpoint: watch.endpoint, owner, type, ...way, ...once, signal });
}

function differenceIn(set: RRset, heard: Heard): string | null {
  const what = `${nameText(set.owner).replace(/\.$/, "")} ${typeText(set.type)}`;
  if (heard.kind !== "answer") return `it does not answer for ${what}: ${heard.reason}`;
  const key = nameKey(set.owner);
  const found = heard.message.answers.filter((record) => record.type === set.type && nameKey(record.owner) === key);
  const text = (all: readonly Uint8Array[]): string =>
    all
      .map((rdata) => octetString(canonicalRdata(set.type, rdata)))
      .toSorted()
      .join("|");
  const same = text(found.map(({ rdata }) => rdata)) === text(set.rdata);
  return same ? null : `it does not serve what was decided for ${what}`;
}
