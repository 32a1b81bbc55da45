/**
 * Types that are names, with numbers in front at most: those of RFC 1035, whose names a message may compress, and
 * later ones, whose names it must not (RFC 3597, 4).
 */
import { rrType } from "../rr-types.ts";
import { name, type RdataType, u16 } from "./field.ts";

const preference = u16("a preference");

export const nameTypes: readonly RdataType[] = [
  { type: rrType.NS, fields: [name("a nameserver's name", "compressible")] },
  { type: rrType.CNAME, fields: [name("the canonical name", "compressible")] },
  { type: rrType.PTR, fields: [name("a name", "compressible")] },
  { type: rrType.MX, fields: [preference, name("a mail server's name", "compressible")] },
  { type: rrType.MB, fields: [name("a mailbox's host", "compressible")] },
  { type: rrType.MG, fields: [name("a mailbox", "compressible")] },
  { type: rrType.MR, fields: [name("a mailbox", "compressible")] },
  { type: rrType.MINFO, fields: [name("a mailbox", "compressible"), name("a mailbox for errors", "compressible")] },
  { type: rrType.DNAME, fields: [name("the target of the subtree", "plain")] },
  { type: rrType.RP, fields: [name("a mailbox", "plain"), name("the owner of TXT records", "plain")] },
  { type: rrType.AFSDB, fields: [u16("a subtype"), name("a host's name", "plain")] },
  { type: rrType.RT, fields: [preference, name("a host's name", "plain")] },
  { type: rrType.KX, fields: [preference, name("a host's name", "plain")] },
  { type: rrType.PX, fields: [preference, name("an RFC 822 domain", "plain"), name("an X.400 domain", "plain")] },
  { type: rrType.LP, fields: [preference, name("a name", "plain")] },
  {
    type: rrType.SRV,
    fields: [u16("a priority"), u16("a weight"), u16("a port"), name("the host that offers the service", "plain")],
  },
];
