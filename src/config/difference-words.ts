/** Words that all sentences about a difference share. */

type Word = string | number | boolean | null;

export function changed(what: string, old: Word, next: Word): string[] {
  return old === next ? [] : [`${what} changed from ${show(old)} to ${show(next)}`];
}

function show(word: Word): string {
  return word === null || word === "" ? "none" : `${word}`;
}

export function endpointText({ address, port }: { address: string; port: number }): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

export function seconds(count: number): string {
  return `${count}s`;
}
