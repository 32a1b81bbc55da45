/**
 * The form of host names (RFC 952, RFC 1123, 2.1): labels of letters, digits and inner hyphens. DNS itself allows any
 * octet; this is what BIND's check-names looks at.
 */
import type { Name } from "./types.ts";

/** 1: may start and end a label. 2: only inside. */
const kinds = new Uint8Array(256);
for (const unit of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") kinds[unit.charCodeAt(0)] = 1;
kinds[45] = 2;

function isHostLabel(name: Name, start: number, end: number): boolean {
  if (kinds[name.charCodeAt(start)] !== 1 || kinds[name.charCodeAt(end - 1)] !== 1) return false;
  for (let at = start; at < end; at++) if (kinds[name.charCodeAt(at)] === 0) return false;
  return true;
}

/** True for host names and the root. With `wildcardAllowed`, the first label may be an asterisk. */
export function isHostName(name: Name, wildcardAllowed = false): boolean {
  let at = wildcardAllowed && name.charCodeAt(0) === 1 && name.charCodeAt(1) === 42 ? 2 : 0;
  for (let size = name.charCodeAt(at); size > 0; size = name.charCodeAt(at)) {
    if (!isHostLabel(name, at + 1, at + 1 + size)) return false;
    at += 1 + size;
  }
  return true;
}
