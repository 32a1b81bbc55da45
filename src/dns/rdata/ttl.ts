/**
 * Times in zone files: seconds, or numbers with units as BIND writes them (1w2d3h4m5s, in any case).
 */

/** RFC 2181, 8: a TTL has 31 bits. */
export const ttlSecondsMax = 0x7fffffff;

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of 32 bits, or null when `text` is no time. Numbers above 32 bits are no time either. */
export function parseTtl(text: string): number | null {
  if (/^[0-9]{1,10}$/.test(text)) return Number(text) <= 0xffffffff ? Number(text) : null;
  if (!/^(?:[0-9]{1,10}[smhdw])+$/i.test(text)) return null;
  let total = 0;
  for (const [, count, unit] of text.toLowerCase().matchAll(/([0-9]+)([smhdw])/g)) {
    total += Number(count) * (unitSeconds[unit ?? ""] ?? 0);
  }
  return total <= 0xffffffff ? total : null;
}
