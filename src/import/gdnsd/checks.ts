/** gdnsd's service types as checks. What judges by a program or a file of its own becomes a guess that is told. */
import { parseName } from "../../config/scalars.ts";
import type { CheckDraft } from "../draft.ts";
import { quoteFound } from "../draft.ts";
import type { Vscf, VscfMap } from "./vscf.ts";

const guess: CheckDraft = { tcp: 80 };
const secondsMax = 255;

type Note = (line: number, sentence: string) => void;

const numbers: ReadonlyMap<string, number> = new Map([
  ["interval", secondsMax],
  ["timeout", secondsMax],
  ["port", 65_535],
]);
const thresholds = ["up_thresh", "ok_thresh", "down_thresh"] as const;
const known: ReadonlySet<string> = new Set([
  ...numbers.keys(),
  ...thresholds,
  "plugin",
  "url_path",
  "vhost",
  "ok_codes",
]);

export class Checks {
  readonly #types: ReadonlyMap<string, Vscf>;
  readonly #note: Note;
  readonly #made = new Map<string, CheckDraft>();

  constructor(types: Vscf | undefined, note: Note) {
    this.#types = types?.kind === "map" ? types.entries : new Map();
    this.#note = note;
  }

  /** The check for `service_types`, which names one or several. */
  of(names: Vscf | undefined): CheckDraft {
    const list = names?.kind === "list" ? names.items : names === undefined ? [] : [names];
    const texts = list.flatMap((each) => (each.kind === "text" ? [each.text] : []));
    const [first = "up", ...more] = texts;
    if (more.length > 0) {
      const sentence = `a member has one check, ${quoteFound(first)}; ${more.map(quoteFound).join(", ")} are left out: make one check that proves all`;
      this.#note(names?.line ?? 0, sentence);
    }
    const check = this.#made.get(first) ?? this.#make(first, names?.line ?? 0);
    this.#made.set(first, check);
    return check;
  }

  #make(name: string, line: number): CheckDraft {
    const type = this.#types.get(name);
    if (type?.kind !== "map") {
      this.#note(
        line,
        `${quoteFound(name)} checks nothing, and muster does: TCP port 80 is a guess, write the check it needs`,
      );
      return guess;
    }
    const probe = this.#probe(name, type);
    this.#noteRest(name, type);
    for (const key of thresholds) {
      const found = type.entries.get(key);
      if (found !== undefined)
        this.#note(found.line, `${key} counts otherwise in muster: see rise and fall, whose defaults are 2 and 3`);
    }
    const interval = numberIn(type, "interval", secondsMax);
    const timeout = numberIn(type, "timeout", secondsMax);
    return {
      ...probe,
      ...(interval === null ? {} : { interval: `${interval}s` }),
      ...(timeout === null ? {} : { timeout: `${timeout}s` }),
    };
  }

  /** Options that mean nothing here, and numbers that are none. */
  #noteRest(name: string, { entries }: VscfMap): void {
    for (const [key, found] of entries) {
      const of = `${quoteFound(key)} of ${quoteFound(name)}`;
      if (!known.has(key)) this.#note(found.line, `${of} is not carried over: look whether the check needs it`);
      const max = numbers.get(key);
      if (max === undefined || (found.kind === "text" && readNumber(found.text, max) !== null)) continue;
      this.#note(found.line, `${of} is no number from 1 to ${max}: muster's default is taken`);
    }
  }

  #probe(name: string, type: VscfMap): CheckDraft {
    const plugin = textIn(type, "plugin");
    const port = numberIn(type, "port", 65_535);
    if (plugin === "tcp_connect") return { tcp: port ?? 80 };
    if (plugin === "http_status") return { http: this.#http(type, port) };
    const sentence = `${quoteFound(name)} is judged by ${quoteFound(plugin ?? "nothing")}, which muster does not have: TCP port 80 is a guess, write the check it needs`;
    this.#note(type.line, sentence);
    return guess;
  }

  #http(type: VscfMap, port: number | null): CheckDraft {
    const path = textIn(type, "url_path") ?? "/";
    const isPath = /^\/[\x21-\x7e]*$/.test(path) && path.length <= 2_048;
    if (!isPath) this.#note(type.line, `${quoteFound(path)} is no path: / is asked for instead`);
    const vhost = textIn(type, "vhost");
    const host = vhost === null ? null : parseName(vhost);
    if (host !== null && !host.ok)
      this.#note(type.line, `${quoteFound(vhost ?? "")} is no host name: the pool's name is sent`);
    return {
      path: isPath ? path : "/",
      ...(port === null ? {} : { port }),
      ...(host?.ok === true ? { host: host.value } : {}),
      status: codesIn(type),
    };
  }
}

function codesIn(type: VscfMap): readonly number[] {
  const found = type.entries.get("ok_codes");
  const list = found?.kind === "list" ? found.items : found === undefined ? [] : [found];
  const codes = list.flatMap((each) =>
    each.kind === "text" && /^[1-5]\d\d$/.test(each.text) ? [Number(each.text)] : [],
  );
  return codes.length === 0 ? [200] : [...new Set(codes)].slice(0, 32);
}

export function textIn(map: VscfMap, key: string): string | null {
  const found = map.entries.get(key);
  return found?.kind === "text" ? found.text : null;
}

function numberIn(map: VscfMap, key: string, max: number): number | null {
  const text = textIn(map, key);
  return text === null ? null : readNumber(text, max);
}

function readNumber(text: string, max: number): number | null {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= max ? value : null;
}
