/**
 * Certificates (RFC 5280, X.509 v3, Ed25519 as in RFC 8410), as far as an authority of its own needs them: Node reads
 * and verifies certificates, but makes none. DER is tag, length, content; everything here is put together from that.
 */
import { createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { clockSlackMs } from "./limits.ts";

export interface CertificateOptions {
  /** Common name, and an optional unit: the generation of an enrolment. */
  readonly subject: { readonly name: string; readonly unit?: string };
  readonly issuer: { readonly name: string; readonly key: KeyObject };
  readonly publicKey: KeyObject;
  readonly lifeMs: number;
  readonly use: "authority" | "server" | "client";
}

/** In PEM. */
export function makeCertificate(options: CertificateOptions): string {
  const { issuer, lifeMs, publicKey, subject, use } = options;
  const now = Date.now();
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(positive(randomBytes(16))),
    ed25519,
    nameOf(issuer),
    sequence(timeOf(now - clockSlackMs), timeOf(now + lifeMs)),
    nameOf(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensionsOf(use, subject.name))),
  );
  const whole = sequence(body, ed25519, bitString(sign(null, body, issuer.key)));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString("base64").replace(/(.{64})(?=.)/g, "$1\n")}\n-----END CERTIFICATE-----\n`;
}

/** A public key from PEM; null: it is none, or of another kind. */
export function readPublicKey(pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "ed25519" ? key : null;
  } catch {
    return null;
  }
}

function extensionsOf(use: CertificateOptions["use"], name: string): Buffer[] {
  if (use === "authority") {
    const onlyLeaves = sequence(der(0x01, Buffer.from([0xff])), integer(Buffer.from([0])));
    return [extension(oid.basicConstraints, onlyLeaves), extension(oid.keyUsage, der(0x03, Buffer.from([1, 0x06])))];
  }
  const purpose = sequence(use === "server" ? oid.serverAuth : oid.clientAuth);
  const names = use === "server" ? [extension(oid.subjectAltName, sequence(der(0x82, Buffer.from(name))))] : [];
  return [
    extension(oid.basicConstraints, sequence()),
    extension(oid.keyUsage, der(0x03, Buffer.from([7, 0x80]))),
    extension(oid.extKeyUsage, purpose),
    ...names,
  ];
}

/** All are critical but for names, which nobody may overlook anyway. */
function extension(id: Buffer, value: Buffer): Buffer {
  const critical = id === oid.subjectAltName || id === oid.extKeyUsage ? [] : [der(0x01, Buffer.from([0xff]))];
  return sequence(id, ...critical, der(0x04, value));
}

function nameOf({ name, unit }: { name: string; unit?: string }): Buffer {
  const part = (id: Buffer, text: string): Buffer => der(0x31, sequence(id, der(0x0c, Buffer.from(text))));
  return sequence(...(unit === undefined ? [] : [part(oid.organizationalUnit, unit)]), part(oid.commonName, name));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5). */
function timeOf(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-T:]/g, "").slice(0, 14);
  return digits < "2050" ? der(0x17, Buffer.from(`${digits.slice(2)}Z`)) : der(0x18, Buffer.from(`${digits}Z`));
}

function positive(octets: Buffer): Buffer {
  octets[0] = ((octets[0] ?? 0) & 0x7f) | 0x40;
  return octets;
}

function integer(octets: Buffer): Buffer {
  return der(0x02, octets);
}

function bitString(octets: Buffer): Buffer {
  return der(0x03, Buffer.from([0]), octets);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function oidOf(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, "hex"));
}

const oid = {
  commonName: oidOf("550403"),
  organizationalUnit: oidOf("55040b"),
  keyUsage: oidOf("551d0f"),
  subjectAltName: oidOf("551d11"),
  basicConstraints: oidOf("551d13"),
  extKeyUsage: oidOf("551d25"),
  serverAuth: oidOf("2b06010505070301"),
  clientAuth: oidOf("2b06010505070302"),
};
const ed25519 = sequence(oidOf("2b6570"));
