/**
 * Hides what may be a secret in lines of a configuration that are about to be printed: a token written in clear,
 * credentials in a URL, headers that carry credentials. It works on the text, not on the parsed tree, because it must
 * hold for a text that does not parse. Lengths stay the same, so columns and carets still fit.
 */
const secretKey = /(["']?\b(?:token|password|secret|authorization|cookie|x-api-key)\b["']?\s*:)(\s*)(.*)$/i;
const credentials = /(:\/\/)([^/\s"'@]+)(@)/g;
/** A key whose value says where a secret lies, and may be shown. */
const safeValue = /((?:^|[{,\s])["']?(?:file|env)["']?\s*:\s*)([^,}\s]+)/y;

export function maskSecrets(text: string): string {
  let hiddenBelow = -1;
  const lines = text.split("\n").map((line) => {
    const indent = line.search(/\S/);
    if (hiddenBelow >= 0 && (indent > hiddenBelow || indent < 0)) return maskValue(line);
    hiddenBelow = -1;
    const secret = secretKey.exec(line);
    if (secret === null) return maskCredentials(line);
    const [whole, key = "", space = "", value = ""] = secret;
    hiddenBelow = indent;
    return maskCredentials(line.slice(0, line.length - whole.length)) + key + space + maskValue(value);
  });
  return lines.join("\n");
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
