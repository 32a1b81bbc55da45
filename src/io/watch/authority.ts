/**
 * Who may be a watcher. The controller has an authority of its own, in a folder beside its database; it signs a
 * certificate for whoever shows a token that was made for that watcher, once. An enrolment has a generation, which
 * stands in the certificate: removing the enrolment makes every certificate of it worthless, whenever it expires.
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
  X509Certificate,
} from "node:crypto";
import { z } from "zod";
import { makeCertificate, readPublicKey } from "./certificate.ts";
import { authorityMs, tokenMs } from "./limits.ts";
import { readIfThere, removeIfThere, writePrivate } from "./private-file.ts";

/** The name in the controller's certificate; watchers ask for it, wherever the controller is. */
export const controllerName = "controller.muster.internal";
const authorityName = "muster authority";
/** For whom a token is: it begins with the command that takes it. */
export type Enrolled = "watcher" | "agent";
const tokenPrefixes: Readonly<Record<Enrolled, string>> = { watcher: "muster-watch", agent: "muster-agent" };

const tokenFile = z.object({ hash: z.string(), expiresAt: z.number() });
const enrolledFile = z.object({ generation: z.string() });

export interface Authority {
  readonly certificate: string;
  readonly key: KeyObject;
  readonly folder: string;
}

export function watchFolder(statePath: string): string {
  return `${statePath}.watch`;
}

/** Made at the first call; of several at once, all get the same. */
export async function openAuthority(folder: string): Promise<Authority> {
  const path = `${folder}/authority.pem`;
  const known = await readIfThere(path);
  if (known !== null) return readAuthority(known, folder);
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const issuer = { name: authorityName, key: privateKey };
  const certificate = makeCertificate({ subject: issuer, issuer, publicKey, lifeMs: authorityMs, use: "authority" });
  await writePrivate(path, String(privateKey.export({ type: "pkcs8", format: "pem" })) + certificate, "create");
  return openAuthority(folder);
}

function readAuthority(text: string, folder: string): Authority {
  const begin = text.indexOf("-----BEGIN CERTIFICATE-----");
  return { key: createPrivateKey(text.slice(0, begin)), certificate: text.slice(begin), folder };
}

export function serverCertificate(authority: Authority, lifeMs: number): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const issuer = { name: authorityName, key: authority.key };
  const cert = makeCertificate({ subject: { name: controllerName }, issuer, publicKey, lifeMs, use: "server" });
  return { key: String(privateKey.export({ type: "pkcs8", format: "pem" })), cert };
}

/** A token for one of them, which replaces any older one. Only its hash is kept. */
export async function makeToken(
  authority: Authority,
  { lifeMs = tokenMs, name, noun }: { readonly name: string; readonly noun: Enrolled; readonly lifeMs?: number },
): Promise<string> {
  const secret = randomBytes(32).toString("base64url");
  const entry = { hash: hashOf(secret), expiresAt: Date.now() + lifeMs };
  await writePrivate(tokenPath(authority, name), JSON.stringify(entry), "replace");
  return [tokenPrefixes[noun], name, publicKeyOf(authority.certificate), secret].join(".");
}

export interface Token {
  readonly noun: Enrolled;
  readonly name: string;
  /** The authority's public key (RFC 8037): whoever it vouches for is the right controller. */
  readonly authorityKey: string;
  readonly secret: string;
}

/** Null: no such token. */
export function readToken(text: string): Token | null {
  const match = /^([a-z-]+)\.([a-z0-9-]{1,40})\.([\w-]{43})\.([\w-]{43})$/.exec(text.trim());
  const [, prefix, name, authorityKey, secret] = match ?? [];
  const noun = prefix === tokenPrefixes.agent ? "agent" : prefix === tokenPrefixes.watcher ? "watcher" : null;
  if (noun === null || name === undefined || authorityKey === undefined || secret === undefined) return null;
  return { noun, name, authorityKey, secret };
}

/** The public key of an Ed25519 certificate in base64url. */
export function publicKeyOf(certificate: string): string {
  return String(new X509Certificate(certificate).publicKey.export({ format: "jwk" }).x);
}

export type Enrolment =
  | { readonly ok: true; readonly certificate: string }
  | { readonly ok: false; readonly why: string };

/** A certificate for who shows the token; the token is used up, whatever else happens. */
export async function enrol(
  authority: Authority,
  request: { readonly name: string; readonly secret: string; readonly publicKey: string },
  lifeMs: number,
): Promise<Enrolment> {
  const { name, publicKey, secret } = request;
  const refused = { ok: false, why: "the token is unknown, used or expired" } as const;
  const text = await readIfThere(tokenPath(authority, name));
  const entry = text === null ? null : tokenFile.safeParse(JSON.parse(text)).data;
  if (entry === null || entry === undefined || !isSame(hashOf(secret), entry.hash)) return refused;
  if (!(await removeIfThere(tokenPath(authority, name))) || entry.expiresAt < Date.now()) return refused;
  const generation = randomBytes(12).toString("hex");
  await writePrivate(enrolledPath(authority, name), JSON.stringify({ generation }), "replace");
  return certify(authority, { name, generation, publicKey }, lifeMs);
}

/** A certificate for a key of somebody who is enrolled. */
export function certify(
  authority: Authority,
  holder: { readonly name: string; readonly generation: string; readonly publicKey: string },
  lifeMs: number,
): Enrolment {
  const publicKey = readPublicKey(holder.publicKey);
  if (publicKey === null) return { ok: false, why: "the public key is no Ed25519 key" };
  const subject = { name: holder.name, unit: holder.generation };
  const issuer = { name: authorityName, key: authority.key };
  return { ok: true, certificate: makeCertificate({ subject, issuer, publicKey, lifeMs, use: "client" }) };
}

export async function isEnrolled(authority: Authority, name: string, generation: string): Promise<boolean> {
  const text = await readIfThere(enrolledPath(authority, name));
  return text !== null && enrolledFile.safeParse(JSON.parse(text)).data?.generation === generation;
}

/** Takes back the enrolment and any token. False: there was neither. */
export async function removeWatcher(folder: string, name: string): Promise<boolean> {
  const paths = [`${folder}/tokens/${name}.json`, `${folder}/enrolled/${name}.json`];
  const removed = await Promise.all(paths.map(removeIfThere));
  return removed.includes(true);
}

function tokenPath({ folder }: Authority, name: string): string {
  return `${folder}/tokens/${name}.json`;
}

function enrolledPath({ folder }: Authority, name: string): string {
  return `${folder}/enrolled/${name}.json`;
}

export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
