/**
 * The normal state: lines `update add NAME TTL A ADDRESS`, as nsupdate reads them. What is normal is what the pools hold
 * when every member is up, so these lines give TTLs, and say where the two files disagree.
 */
import { parseAddress } from "../config/address.ts";
import { parseName } from "../config/scalars.ts";
import { type Draft, quoteFound } from "./draft.ts";
import { linesOf } from "./key-lines.ts";

const ttlSecondsMax = 604_800;

/** The TTL in seconds of each name, the smallest where there are several. */
export function readNormalState(
  { name: file, text }: { name: string; text: string },
  draft: Draft,
): Map<string, number> {
  const ttls = new Map<string, number>();
  const normal = new Set<string>();
  for (const { content, line } of linesOf(text)) {
    const trouble = readLine(content, { ttls, normal, draft });
    if (trouble !== null) draft.notes.add(file, line, trouble);
  }
  for (const [name, { members }] of draft.pools) {
    for (const { address } of members) {
      if (normal.has(`${name} ${address}`)) continue;
      draft.notes.add(
        file,
        0,
        `${name} ${address} is checked and not in the normal state: it is a member like all others`,
      );
    }
  }
  return ttls;
}

interface Reading {
  readonly ttls: Map<string, number>;
  /** `name address`. */
  readonly normal: Set<string>;
  readonly draft: Draft;
}

/** What is wrong with the line; null: nothing. */
function readLine(content: string, { draft, normal, ttls }: Reading): string | null {
  const words = content.trim().split(/\s+/);
  if (content.trim() === "" || /^[;#]/.test(content.trim()) || words[0] === "send") return null;
  const [update = "", verb = "", host = "", ttl = "", ...rest] = words;
  const [type = "", address = ""] = rest[0]?.toUpperCase() === "IN" ? rest.slice(1) : rest;
  if (update.toLowerCase() !== "update" || verb.toLowerCase() !== "add" || type.toUpperCase() !== "A")
    return `${quoteFound(content)} is no line \`update add NAME TTL A ADDRESS\`: keep the record in the zone itself`;
  const name = parseName(host);
  const parsed = parseAddress(address);
  if (!name.ok || parsed === null) return `${quoteFound(content)} has no name or no address that can be read`;
  const seconds = /^\d{1,9}$/.test(ttl) ? Math.max(1, Math.min(ttlSecondsMax, Number(ttl))) : null;
  if (seconds === null) return `${quoteFound(ttl)} is no TTL in seconds`;
  const pool = draft.pools.get(name.value);
  if (pool === undefined || !pool.members.some((member) => member.address === parsed.text))
    return `${name.value} ${parsed.text} has no check_server line, so nothing would judge it: keep the record in the zone itself`;
  normal.add(`${name.value} ${parsed.text}`);
  ttls.set(name.value, Math.min(seconds, ttls.get(name.value) ?? seconds));
  return null;
}
