/** Mount points out of `/proc/self/mountinfo` (proc(5)): the fifth field, with odd characters in octal. */
export function mountPoints(text: string): Set<string> {
  const points = text.split("\n").flatMap((line) => line.split(" ")[4] ?? []);
  return new Set(points.map((point) => Buffer.from(unescape(point), "latin1").toString("utf8")));
}

function unescape(text: string): string {
  const octets = Buffer.from(text, "utf8").toString("latin1");
  return octets.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
