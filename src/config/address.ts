/**
 * IPv4 and IPv6 addresses as text. An IPv6 address has many spellings; everything behind the loader sees one, the
 * lower-case form of RFC 5952, so that equal addresses are equal strings. IPv4 is dotted decimal without leading
 * zeros (some readers take those for octal, and then two programs mean two machines).
 */
export interface Address {
  readonly text: string;
  readonly family: 4 | 6;
}

/** Null when the text is no address. Brackets around an IPv6 address are taken off. */
export function parseAddress(text: string): Address | null {
  if (isIpv4(text)) return { text, family: 4 };
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const groups = parseGroups(bare);
  return groups === null ? null : { text: formatGroups(groups), family: 6 };
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** The eight groups of an IPv6 address (RFC 4291, 2.2), or null. */
function parseGroups(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2 || text.length > 45) return null;
  const [head, tail] = halves.map((half) => parseHalf(half));
  if (head === null || head === undefined || tail === null) return null;
  if (tail === undefined) return head.length === 8 ? head : null;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? null : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseHalf(half: string): number[] | null {
  if (half === "") return [];
  const groups: number[] = [];
  const parts = half.split(":");
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && isIpv4(part)) groups.push(...pairsOf(part));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

function pairsOf(ipv4: string): [number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split(".").map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** RFC 5952, 4: no leading zeros, the longest run of two or more zero groups shortened, the first of equal ones. */
function formatGroups(groups: readonly number[]): string {
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${dottedOf(groups[6] ?? 0)}.${dottedOf(groups[7] ?? 0)}`;
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(":");
  return `${hex.slice(0, run.start).join(":")}::${hex.slice(run.start + run.length).join(":")}`;
}

function dottedOf(group: number): string {
  return `${group >> 8}.${group & 255}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  return best;
}

export function isLoopback({ text, family }: Address): boolean {
  return family === 4 ? text.startsWith("127.") : text === "::1";
}

/** Why an address cannot be that of a member; null when it can. */
export function whyNotUnicast({ text, family }: Address): string | null {
  if (text === "0.0.0.0" || text === "::") return "means any address of this machine";
  if (text === "255.255.255.255") return "is the broadcast address";
  const first = family === 4 ? Number(text.split(".")[0]) : 0;
  if ((first >= 224 && first < 240) || (family === 6 && text.startsWith("ff"))) return "is a multicast address";
  if (text.startsWith("::ffff:")) return "is an IPv4 address in IPv6 clothes; write the IPv4 address";
  return null;
}
