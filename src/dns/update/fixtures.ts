/** Updates as nsupdate writes them, and a zone of two layers to try them on, for tests. */
import { assert } from "../../base/assert.ts";
import { compareNames, nameKey, ownerTypeKey, parseName, textName } from "../name.ts";
import { parseRdataText } from "../rdata/index.ts";
import { typeNumber } from "../rr-types.ts";
import type { Name, NameKey, RRset, SetKey } from "../types.ts";
import { parseZone } from "../zone-file/parse.ts";
import { rrsetText } from "../zone-file/write.ts";
import { encodeUpdate } from "./encode.ts";
import { evaluateUpdate, type UpdateOutcome, type UpdateView } from "./evaluate.ts";
import { readUpdate } from "./read.ts";
import type { Prerequisite, UpdateChange, UpdateRequest } from "./request.ts";

interface UpdateText {
  readonly prerequisites: readonly Prerequisite[];
  readonly changes: readonly UpdateChange[];
}

/** One line without its first word. The rest of it, from the given word on, is RDATA. */
class Line {
  private readonly words: readonly string[];
  private readonly origin: Name;

  constructor(words: readonly string[], origin: Name) {
    this.words = words;
    this.origin = origin;
  }

  word(at: number): string {
    return this.words[at] ?? "";
  }

  name(at: number): Name {
    const name = parseName(this.word(at), this.origin);
    assert(name.ok, `${this.word(at)} is no name`);
    return name.value;
  }

  type(at: number): number {
    const type = typeNumber(this.word(at));
    assert(type !== null, `${this.word(at)} is no type`);
    return type;
  }

  /** Null when the line ends before. */
  rdata(at: number, type: number): Uint8Array | null {
    if (this.words.length <= at) return null;
    const rdata = parseRdataText(type, this.words.slice(at).join(" "), this.origin);
    assert(rdata.ok, rdata.ok ? "" : rdata.error);
    return rdata.value;
  }
}

function readPrerequisite(line: Line): Prerequisite {
  const owner = line.name(1);
  if (line.word(0) === "yxdomain") return { kind: "name-in-use", owner };
  if (line.word(0) === "nxdomain") return { kind: "name-not-in-use", owner };
  const type = line.type(2);
  if (line.word(0) === "nxrrset") return { kind: "set-not-exists", owner, type };
  assert(line.word(0) === "yxrrset", `no prerequisite ${line.word(0)}`);
  const rdata = line.rdata(3, type);
  return rdata === null
    ? { kind: "set-exists", owner, type }
    : { kind: "set-exists-with", owner, type, rdata: [rdata] };
}

function readChange(line: Line): UpdateChange {
  const owner = line.name(1);
  if (line.word(0) === "add") {
    const type = line.type(3);
    const rdata = line.rdata(4, type);
    assert(rdata !== null, "an added record has data");
    return { kind: "add", owner, type, ttlSeconds: Number(line.word(2)), rdata };
  }
  assert(line.word(0) === "delete", `no change ${line.word(0)}`);
  if (line.word(2) === "") return { kind: "delete-name", owner };
  const type = line.type(2);
  const rdata = line.rdata(3, type);
  return rdata === null ? { kind: "delete-set", owner, type } : { kind: "delete-record", owner, type, rdata };
}

/** Lines of nsupdate's language: `prereq` and `update`; names without final dot are relative to the origin. */
export function readUpdateText(text: string, origin: Name): UpdateText {
  const prerequisites: Prerequisite[] = [];
  const changes: UpdateChange[] = [];
  for (const one of text.split("\n").map((line) => line.trim())) {
    if (one === "") continue;
    const [first, ...words] = one.split(/\s+/);
    const line = new Line(words, origin);
    if (first === "prereq") prerequisites.push(readPrerequisite(line));
    else changes.push(readChange(line));
  }
  return { prerequisites, changes };
}

/** A zone whose layers are two Maps. */
export class TwoLayers implements UpdateView {
  readonly base = new Map<string, RRset>();
  readonly updates = new Map<string, RRset>();

  constructor(origin: Name, text: string) {
    const zone = parseZone({ origin, text, file: "zone" });
    assert(zone.errorCount === 0, JSON.stringify(zone.faults));
    for (const set of zone.rrsets) this.base.set(ownerTypeKey(set), set);
  }

  served(): RRset[] {
    return [...new Map([...this.base, ...this.updates]).values()];
  }

  sets(owner: NameKey): readonly RRset[] {
    return this.served().filter((set) => nameKey(set.owner) === owner);
  }

  below(owner: NameKey, type: number): RRset | undefined {
    return this.base.get(ownerTypeKey({ owner, type }));
  }

  apply({ put, remove }: { readonly put: readonly RRset[]; readonly remove: readonly SetKey[] }): void {
    for (const key of remove) this.updates.delete(ownerTypeKey(key));
    for (const set of put) this.updates.set(ownerTypeKey(set), set);
  }

  /** `owner ttl type data` lines in canonical order, relative to nothing. */
  text(): string {
    const sets = this.served().sort((a, b) => compareNames(nameKey(a.owner), nameKey(b.owner)) || a.type - b.type);
    return sets.map(rrsetText).join("").replaceAll("\tIN\t", " ").replaceAll("\t", " ");
  }
}

export const fixtureOrigin = textName("example.org.");

export const fixtureZone = `$TTL 300
@     SOA   ns1 hostmaster 100 3600 600 86400 60
@     NS    ns1
@     NS    ns2
ns1   A     192.0.2.1
ns2   A     192.0.2.2
www   A     192.0.2.10
www   A     192.0.2.11
www   TXT   "hello"
alias CNAME www
x.ent A     192.0.2.20
d     DNAME example.net.
host  MX    10 Mail
`;

/** Lines of nsupdate's language through the wire, as they would come. */
export function requestOf(text: string): UpdateRequest {
  const octets = encodeUpdate({ id: 1, origin: fixtureOrigin, ...readUpdateText(text, fixtureOrigin) });
  const read = readUpdate(octets);
  assert(read.ok, read.ok ? "" : `refused with rcode ${read.error}`);
  return read.value;
}

export function evaluateText(zone: TwoLayers, text: string, permits = (): boolean => true): UpdateOutcome {
  return evaluateUpdate({ view: zone, request: requestOf(text), permits });
}
