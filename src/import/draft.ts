/**
 * What every import comes to: a configuration as text, the files that lie beside it, and a list of what could not be
 * carried over, line by line, with what to do about it. What goes into a draft has been judged by the loader's own rules,
 * so that the text is one that `muster check` accepts.
 */
import { stringify } from "yaml";
import { fail, ok, type Result } from "../base/result.ts";
import { parseAddress, whyNotUnicast } from "../config/address.ts";
import { membersMax, poolMembersMax } from "../config/limits.ts";

/** Notes that are kept; the rest is counted. */
const notesMax = 1_000;
/** Characters of a found text that a note quotes. */
const quotedCharsMax = 80;
/** Notes that say why there is nothing to import. */
const reasonsMax = 20;

export interface ImportNote {
  readonly file: string;
  /** From 1; 0: the file as a whole. */
  readonly line: number;
  /** What could not be carried over, and what to do. */
  readonly sentence: string;
}

export interface ImportedFile {
  readonly name: string;
  /** Null: a TSIG secret, which is made when the file is written. */
  readonly text: string | null;
}

export interface Imported {
  /** YAML, for `muster.yaml`. */
  readonly config: string;
  readonly files: readonly ImportedFile[];
  readonly notes: readonly ImportNote[];
}

/** A check, in the words of the configuration. */
export type CheckDraft = Readonly<Record<string, unknown>>;

export interface MemberDraft {
  readonly address: string;
  readonly check: CheckDraft;
  readonly weight?: number;
  readonly priority?: number;
}

export interface PoolDraft {
  readonly policy: "round-robin" | "weighted" | "priority";
  readonly answers: number | null;
  readonly members: MemberDraft[];
}

/** Notes within their limit. */
export class Notes {
  readonly #list: ImportNote[] = [];
  #more = 0;

  add(file: string, line: number, sentence: string): void {
    if (this.#list.length < notesMax) this.#list.push({ file, line, sentence });
    else this.#more += 1;
  }

  /** In order of file and line. */
  list(): readonly ImportNote[] {
    const files = [...new Set(this.#list.map(({ file }) => file))];
    const sorted = this.#list.toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line);
    if (this.#more === 0) return sorted;
    return [
      ...sorted,
      { file: "", line: 0, sentence: `${this.#more} more are not shown: mend these and import again` },
    ];
  }
}

export class Draft {
  readonly notes = new Notes();
  readonly keys = new Map<string, unknown>();
  readonly zones = new Map<string, Record<string, unknown>>();
  readonly pools = new Map<string, PoolDraft>();
  readonly files: ImportedFile[] = [];
  /** Addresses that mail about troubles goes to. */
  readonly mailTo = new Set<string>();
  #members = 0;

  /** Members that may still come. */
  get room(): number {
    return membersMax - this.#members;
  }

  /** Null when it was added, else why it cannot be. */
  addMember(pool: PoolDraft, member: MemberDraft): string | null {
    const why = whyNotMember(member.address);
    const address = parseAddress(member.address);
    if (why !== null || address === null) return why;
    if (pool.members.some((each) => each.address === address.text)) return `${address.text} is a member already`;
    if (pool.members.length >= poolMembersMax)
      return `the pool has ${poolMembersMax} members already, which is the most`;
    if (this.#members >= membersMax) return `there are ${membersMax} members already, which is the most`;
    this.#members += 1;
    pool.members.push({ ...member, address: address.text });
    return null;
  }

  /** The error: there is nothing to import, and why, a line each. */
  finish(source: string): Result<Imported, string> {
    const pools = [...this.pools].filter(([, pool]) => pool.members.length > 0);
    if (pools.length === 0) {
      const reasons = this.notes.list().slice(0, reasonsMax).map(noteText);
      return fail([`${source} holds nothing that would make a pool`, ...reasons].join("\n"));
    }
    const sections = new Map<string, unknown>();
    if (this.keys.size > 0) sections.set("keys", this.keys);
    sections.set("zones", this.zones);
    sections.set("pools", new Map(pools.map(([name, pool]) => [name, poolText(pool)])));
    if (this.mailTo.size > 0) sections.set("notify", mailSection([...this.mailTo]));
    const text = stringify(sections, { lineWidth: 0, aliasDuplicateObjects: false });
    const config = `# Imported from ${source.replace(/[^\x20-\x7e]/g, "?")}.\n${text}`;
    return ok({ config, files: this.files, notes: this.notes.list() });
  }
}

/** From the first address, by this machine's own mail server. */
function mailSection(to: readonly string[]): Record<string, unknown> {
  const mail = { to: to.length === 1 ? to[0] : to, from: to[0] };
  return { channels: { mail: { mail } }, routes: [{ to: "mail" }] };
}

/** For people: `file:line: sentence`. */
export function noteText({ file, line, sentence }: ImportNote): string {
  const place = file === "" ? "" : line === 0 ? `${file}: ` : `${file}:${line}: `;
  return `${place}${sentence}`;
}

/** Why a text cannot be a member's address; null: it can. */
export function whyNotMember(text: string): string | null {
  const address = parseAddress(text);
  if (address === null) return `${quoteFound(text)} is no IP address`;
  const why = whyNotUnicast(address);
  return why === null ? null : `${address.text} ${why}, and cannot be a member`;
}

/** A check that all members share is said once. */
function poolText({ answers, members, policy }: PoolDraft): Record<string, unknown> {
  const checks = new Set(members.map(({ check }) => JSON.stringify(check)));
  const shared = checks.size === 1;
  return {
    ...(policy === "round-robin" ? {} : { policy }),
    ...(answers === null ? {} : { answers }),
    ...(shared ? { check: members[0]?.check } : {}),
    members: members.map(({ check, ...rest }) => {
      const settings = shared ? rest : { ...rest, check };
      return Object.keys(settings).length === 1 ? rest.address : settings;
    }),
  };
}

/** A found text for a sentence: cut, and without control characters. */
export function quoteFound(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
  return JSON.stringify(clean.length > quotedCharsMax ? `${clean.slice(0, quotedCharsMax)}…` : clean);
}
