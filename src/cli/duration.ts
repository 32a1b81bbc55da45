/** Lengths of time as people write them: `90s`, `10m`, `1h30m`, `2d`. */
const units: readonly (readonly [name: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
];

/** Milliseconds; null when the text is no duration. */
export function parseDuration(text: string): number | null {
  const match = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/.exec(text.trim());
  if (match === null || text.trim() === "") return null;
  return units.reduce((sum, [, ms], index) => sum + Number(match[index + 1] ?? 0) * ms, 0);
}

/** The two largest units that matter, such as `3h 12m`; `0s` when less than a second. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000)) * 1000;
  const parts: string[] = [];
  for (const [name, unit] of units) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count}${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "0s";
}

/** Local time to the second; with the date when it was on another day than `nowMs`. */
export function formatTime(atMs: number, nowMs: number): string {
  const [day = "", time = ""] = localParts(atMs);
  return day === localParts(nowMs)[0] ? time : `${day} ${time}`;
}

export function formatDateTime(atMs: number): string {
  return localParts(atMs).join(" ");
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function localParts(ms: number): readonly string[] {
  const date = new Date(ms);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return [day, `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`];
}
