/**
 * gdnsd's resources as groups of members: simplefo, multifo, weighted, metafo and geoip. What muster does otherwise is
 * told: it has no threshold below which all are answered, and does not tell clients apart by where they are.
 */
import { type CheckDraft, type PoolDraft, quoteFound, whyNotMember } from "../draft.ts";
import { type Checks, textIn } from "./checks.ts";
import type { Vscf, VscfMap } from "./vscf.ts";

export interface Group {
  readonly policy: PoolDraft["policy"];
  readonly answers: number | null;
  readonly members: readonly GroupMember[];
}

interface GroupMember {
  readonly address: string;
  readonly check: CheckDraft;
  readonly weight?: number;
  readonly priority?: number;
}

/** References from one resource to another. */
const referencesMax = 8;
/** The most that a member's weight can be. */
const weightMax = 1_000;

const settings: ReadonlySet<string> = new Set([
  "service_types",
  "up_thresh",
  "ignore_health",
  "multi",
  "plugin",
  "skip_first",
  "datacenters",
  "dcmap",
  "map",
  "resources",
  "maps",
]);

export interface ResourceParts {
  readonly plugins: VscfMap | null;
  readonly checks: Checks;
  readonly note: (line: number, sentence: string) => void;
}

/** What a value is read with: the settings above it, nearest first. */
interface Scope {
  readonly plugin: string;
  readonly services: Vscf | undefined;
  readonly depth: number;
}

export class Resources {
  readonly #parts: ResourceParts;
  readonly #told = new Set<string>();

  constructor(parts: ResourceParts) {
    this.#parts = parts;
  }

  /** `plugin!resource`, or `plugin!resource/datacenter`. Null: told why not. */
  find(reference: string, line: number, depth = 0): Group | null {
    const [, plugin = "", rest = ""] = /^%?([^!]*)!?(.*)$/s.exec(reference) ?? [];
    const [name = "", datacenter] = rest.split("/");
    const top = this.#parts.plugins?.entries.get(plugin);
    if (depth > referencesMax || top?.kind !== "map") {
      const why = depth > referencesMax ? "resources refer to each other in a circle" : "there is no such plugin";
      this.#note(line, `${quoteFound(reference)}: ${why}: add the pool by hand`);
      return null;
    }
    const inner = top.entries.get("resources");
    const resource = (inner?.kind === "map" ? inner : top).entries.get(name);
    if (resource === undefined || settings.has(name)) {
      this.#note(line, `${quoteFound(reference)}: there is no such resource: add the pool by hand`);
      return null;
    }
    return this.#read(resource, { plugin, services: top.entries.get("service_types"), depth }, datacenter);
  }

  #note(line: number, sentence: string): void {
    const key = `${line} ${sentence}`;
    if (!this.#told.has(key)) this.#parts.note(line, sentence);
    this.#told.add(key);
  }

  #read(value: Vscf, scope: Scope, datacenter?: string): Group | null {
    const services = value.kind === "map" ? (value.entries.get("service_types") ?? scope.services) : scope.services;
    const inner = { ...scope, services };
    switch (scope.plugin) {
      case "simplefo":
        return this.#simplefo(value, inner);
      case "multifo":
        this.#noteThreshold(value);
        return { policy: "round-robin", answers: null, members: this.#addresses(value, inner) };
      case "weighted":
        this.#noteThreshold(value);
        return { policy: "weighted", answers: isMulti(value) ? null : 1, members: this.#addresses(value, inner) };
      case "metafo":
      case "geoip":
        return this.#datacenters(value, inner, datacenter);
      default:
        this.#note(value.line, `muster has nothing like the plugin ${quoteFound(scope.plugin)}: add the pool by hand`);
        return null;
    }
  }

  #noteThreshold(value: Vscf): void {
    const found = value.kind === "map" ? value.entries.get("up_thresh") : undefined;
    if (found !== undefined)
      this.#note(found.line, "up_thresh has no match: muster answers whoever is fit, and all members when nobody is");
  }

  #simplefo(value: Vscf, scope: Scope): Group {
    const members: GroupMember[] = [];
    const families =
      value.kind === "map" ? ["addrs_v4", "addrs_v6"].flatMap((key) => value.entries.get(key) ?? []) : [];
    for (const map of families.length > 0 ? families : [value]) {
      if (map.kind !== "map") continue;
      const services = map.entries.get("service_types") ?? scope.services;
      for (const [index, key] of ["primary", "secondary"].entries()) {
        const found = map.entries.get(key);
        if (found !== undefined)
          for (const member of this.#addresses(found, { ...scope, services }))
            members.push({ ...member, priority: index + 1 });
      }
    }
    if (families.length > 1)
      this.#note(value.line, "IPv4 and IPv6 fail over together, not each on its own: make two pools if that matters");
    return { policy: "priority", answers: null, members };
  }

  #datacenters(value: Vscf, scope: Scope, only: string | undefined): Group | null {
    const dcmap = value.kind === "map" ? value.entries.get("dcmap") : undefined;
    if (value.kind !== "map" || dcmap?.kind !== "map") {
      this.#note(value.line, "the resource has no dcmap: add the pool by hand");
      return null;
    }
    const isGeo = scope.plugin === "geoip";
    if (isGeo) {
      const sentence = "clients are not told apart by where they are: every datacenter answers everybody, in turn";
      this.#note(value.line, sentence);
    }
    const listed = value.entries.get("datacenters");
    const order =
      listed?.kind === "list" ? listed.items.flatMap((each) => (each.kind === "text" ? [each.text] : [])) : [];
    const names = [...new Set([...order, ...dcmap.entries.keys()])].filter(
      (name) => only === undefined || name === only,
    );
    const members = names.flatMap((name, index) => {
      const found = dcmap.entries.get(name);
      const group = found === undefined ? null : this.#datacenter(found, scope);
      return (group?.members ?? []).map((member) =>
        isGeo ? plain(member) : { ...plain(member), priority: index + 1 },
      );
    });
    return { policy: isGeo ? "round-robin" : "priority", answers: null, members };
  }

  #datacenter(value: Vscf, scope: Scope): Group | null {
    const { depth } = scope;
    if (value.kind === "text" && value.text.startsWith("%")) return this.find(value.text, value.line, depth + 1);
    const plugin = value.kind === "map" ? (textIn(value, "plugin") ?? "multifo") : "multifo";
    if (depth > referencesMax) return null;
    return this.#read(value, { ...scope, plugin, depth: depth + 1 });
  }

  /** All addresses in a value, with their weights, whatever groups they are in. */
  #addresses(value: Vscf, scope: Scope): readonly GroupMember[] {
    if (value.kind === "text") return this.#address(value.text, value.line, scope);
    if (value.kind === "list") {
      const [first, second, ...more] = value.items;
      const isPair =
        scope.plugin === "weighted" && first?.kind === "text" && second?.kind === "text" && more.length === 0;
      if (!isPair) return value.items.flatMap((item) => this.#addresses(item, scope));
      const weight = /^\d{1,7}$/.test(second.text) ? Number(second.text) : 1;
      if (weight > weightMax) this.#note(second.line, `a weight is at most ${weightMax}: divide all by one number`);
      return this.#address(first.text, first.line, scope).map((member) => ({
        ...member,
        weight: Math.min(weight, weightMax),
      }));
    }
    const services = value.entries.get("service_types") ?? scope.services;
    return [...value.entries].flatMap(([key, item]) =>
      settings.has(key) ? [] : this.#addresses(item, { ...scope, services }),
    );
  }

  #address(text: string, line: number, { services }: Scope): readonly GroupMember[] {
    const why = whyNotMember(text);
    if (why === null) return [{ address: text, check: this.#parts.checks.of(services) }];
    this.#note(line, /[a-z]\.$/i.test(text) ? `${quoteFound(text)} is a name: muster answers with addresses` : why);
    return [];
  }
}

function plain({ address, check }: GroupMember): GroupMember {
  return { address, check };
}

function isMulti(value: Vscf): boolean {
  return value.kind === "map" && textIn(value, "multi")?.toLowerCase() === "true";
}
