/**
 * Class CH, by which people ask a server about itself: `id.server` and `hostname.bind` give the configured identity
 * (RFC 4892), as the NSID option does. The version is nobody's business and is refused like everything else.
 */
import { rcode } from "../message.ts";
import { nameKey, textName } from "../name.ts";
import { rrType } from "../rr-types.ts";
import type { Name, RRset } from "../types.ts";
import type { Mark } from "../zone-tree.ts";
import { CompiledAnswer } from "./compile.ts";

const identityNames: ReadonlySet<string> = new Set([textName("id.server."), textName("hostname.bind.")]);
/** A character string has at most 255 octets (RFC 1035, 3.3). */
const identityOctetsMax = 255;

/** The answer in class CH, or null for REFUSED. */
export function chaosAnswer(question: {
  readonly mark: Mark;
  readonly name: Name;
  readonly type: number;
  readonly identity: string | null;
}): CompiledAnswer | null {
  const { mark, name, type, identity } = question;
  if (identity === null || !identityNames.has(nameKey(name))) return null;
  if (type !== rrType.TXT && type !== rrType.ANY) return null;
  const octets = new TextEncoder().encode(identity).subarray(0, identityOctetsMax);
  const set: RRset = {
    owner: name,
    type: rrType.TXT,
    ttlSeconds: 0,
    rdata: [Uint8Array.from([octets.length, ...octets])],
  };
  const plan = {
    rcode: rcode.NOERROR,
    authoritative: true,
    answer: [{ owner: name, set, ttlSeconds: 0, required: true }],
    authority: [],
    additional: [],
    extendedError: null,
    mark,
    reuse: { kind: "none" } as const,
    klass: 3,
  };
  return new CompiledAnswer(plan, name);
}
