/**
 * Hides what may be a secret in lines of a configuration that are about to be printed: a token or a key written in
 * clear, credentials in a URL, headers that carry credentials. It works on the text, not on the parsed tree, because it must
 * hold for a text that does not parse. Lengths stay the same, so columns and carets still fit.
 */
const secretKey = /(["']?\b(?:token|password|secret|authorization|cookie|x-api-key)\b["']?\s*:)(\s*)(.*)$/i;
const credentials = /(:\/\/)([^/\s"'@]+)(@)/g;
/** A TSIG secret, wherever it was pasted: base64 of 16 octets or more that ends as only base64 does. */
const base64 = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{22,}={1,2}/g;
/** What follows the host in `url: https://...`: whoever knows it may post there. */
const postingUrl = /(\burl["']?\s*:\s*["']?https?:\/\/[^/\s"',}]+\/)([^\s"',}]+)/g;
const keysSection = /^\s*["']?keys["']?\s*:/;
/** Under `keys`: a word and its value. */
const keyValue = /(?<![\w.-])(["']?[\w.-]+["']?\s*:\s+)([^\s{},][^,}]*)/g;
const shownKey = /^["']?(?:algorithm|file|env)\b/;
/** A key whose value says where a secret lies, and may be shown. */
const safeValue = /((?:^|[{,\s])["']?(?:file|env)["']?\s*:\s*)([^,}\s]+)/y;

export function maskSecrets(text: string): string {
  let hiddenBelow = -1;
  let keysBelow = -1;
  const lines = text.split("\n").map((line) => {
    const indent = line.search(/\S/);
    const inside = (below: number): boolean => below >= 0 && (indent > below || indent < 0);
    if (!inside(keysBelow)) keysBelow = keysSection.test(line) ? indent : -1;
    if (inside(hiddenBelow)) return maskValue(line);
    hiddenBelow = -1;
    const secret = secretKey.exec(line);
    if (secret === null) return keysBelow >= 0 ? maskKeysLine(line) : line;
    const [whole, key = "", space = "", value = ""] = secret;
    hiddenBelow = indent;
    return line.slice(0, line.length - whole.length) + key + space + maskValue(value);
  });
  const shown = lines
    .join("\n")
    .replace(postingUrl, (_, before: string, path: string) => before + "*".repeat(path.length));
  return maskText(shown);
}

/** What looks like a secret by itself, in any text. */
export function maskText(text: string): string {
  return maskCredentials(text).replace(base64, (secret) => "*".repeat(secret.length));
}

/** A key's own line, on which somebody may have written its secret. */
function maskKeysLine(line: string): string {
  return line.replace(keyValue, (whole, key: string, value: string) => {
    return shownKey.test(key) ? whole : key + value.replace(/\S/g, "*");
  });
}

function maskCredentials(line: string): string {
  return line.replace(credentials, (_, before: string, secret: string, after: string) => {
    return before + "*".repeat(secret.length) + after;
  });
}

/** Everything but white space, braces and safe values becomes an asterisk. */
function maskValue(value: string): string {
  let masked = "";
  for (let at = 0; at < value.length; ) {
    safeValue.lastIndex = at;
    const safe = safeValue.exec(value);
    if (safe !== null) {
      masked += safe[0];
      at += safe[0].length;
      continue;
    }
    const char = value.charAt(at);
    masked += /[\s{}]/.test(char) ? char : "*";
    at += 1;
  }
  return masked;
}
