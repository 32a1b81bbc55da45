/**
 * SOA serials and their circular order (RFC 1982). A serial is "greater" when it lies at most 2^31 - 1 steps ahead;
 * at a distance of exactly 2^31 neither of two is greater, and nothing may rely on it.
 */
const half = 0x80000000;

/** True when `a` comes after `b` (RFC 1982, 3.2). */
export function serialGreater(a: number, b: number): boolean {
  const ahead = (a - b) >>> 0;
  return ahead !== 0 && ahead < half;
}

/** `serial` and `step` more, around the end of the 32 bits. `step` is at most 2^31 - 1 (RFC 1982, 3.1). */
export function addSerial(serial: number, step: number): number {
  return (serial + step) >>> 0;
}

/**
 * The serial of the next build: the Unix time, or one more than the previous serial when that is already as far or
 * further (two builds in a second, a clock that stepped back), so that it only ever rises. `previous` null: the first.
 */
export function nextSerial(previous: number | null, unixSeconds: number): number {
  const now = Math.floor(unixSeconds) >>> 0;
  if (previous === null || serialGreater(now, previous)) return now;
  return addSerial(previous, 1);
}

/** A source's serial if that is ahead of the one before, else the next one: what was handed out never goes back. */
export function serialAfter(before: number, wanted: number): number {
  return serialGreater(wanted, before) ? wanted : addSerial(before, 1);
}

/** Of a zone that is opened with other records than it had: the further of two, if that is ahead of the past. */
export function furthestSerial([first, second]: readonly [number, number], past: number | null): number {
  const furthest = serialGreater(second, first) ? second : first;
  return past === null ? furthest : serialAfter(past, furthest);
}
