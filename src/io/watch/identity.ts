/** What a watcher keeps in its folder: its key, its certificate, and the authority that it trusts. */
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { z } from "zod";
import { readIfThere, writePrivate } from "./private-file.ts";

const identityFile = z.object({
  key: z.string(),
  certificate: z.string(),
  authority: z.string(),
  /** SHA-256 of the token that it was got with: the same one is of no use again, another one is. */
  tokenHash: z.string(),
});

export type Identity = z.output<typeof identityFile>;

/** Null: there is none yet. Throws when the file is damaged. */
export async function readIdentity(folder: string): Promise<Identity | null> {
  const text = await readIfThere(pathOf(folder));
  return text === null ? null : identityFile.parse(JSON.parse(text));
}

export async function saveIdentity(folder: string, identity: Identity): Promise<void> {
  await writePrivate(pathOf(folder), `${JSON.stringify(identity)}\n`, "replace");
}

/** A new key pair in PEM. */
export function makeKeys(): { readonly key: string; readonly publicKey: string } {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = String(privateKey.export({ type: "pkcs8", format: "pem" }));
  return { key, publicKey: String(createPublicKey(key).export({ type: "spki", format: "pem" })) };
}

/** Whether half of the certificate's life is over. */
export function wantsRenewal({ certificate }: Identity): boolean {
  const { validFrom, validTo } = new X509Certificate(certificate);
  return Date.now() > (Date.parse(validFrom) + Date.parse(validTo)) / 2;
}

/** The common name in the certificate. */
export function nameIn({ certificate }: Identity): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? "";
}

function pathOf(folder: string): string {
  return `${folder}/identity.json`;
}
