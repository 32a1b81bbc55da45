/** Patterns with `*` for any text, as in `health/*` or `*.example.org`; capitals make no difference. */

export function matchesPattern(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.toLowerCase().split("*");
  const whole = text.toLowerCase();
  if (!whole.startsWith(first)) return false;
  if (rest.length === 0) return whole === first;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = whole.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return whole.length - last.length >= at && whole.endsWith(last);
}
