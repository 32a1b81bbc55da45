/**
 * Why a server's certificate is not accepted, in words. Node checks chain, validity and name and leaves a code; the
 * dates come from the certificate itself, so that "expired" says since when.
 */
import type { PeerCertificate } from "node:tls";

const dayMs = 86_400_000;

const words: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate chain ends in an authority that is not trusted here",
  UNABLE_TO_GET_ISSUER_CERT: "certificate chain is incomplete",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate is from an authority that is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate chain is incomplete, or from an authority that is not trusted here",
  CERT_REVOKED: "certificate was revoked",
  CERT_SIGNATURE_FAILURE: "certificate has a wrong signature",
  INVALID_PURPOSE: "certificate is not meant for servers",
};

/** `error` is what Node left in `authorizationError`. */
export function describeCertificateError(
  error: Error | string,
  certificate: PeerCertificate,
  serverName: string,
): string {
  const code = typeof error === "string" ? error : "code" in error ? String(error.code) : error.message;
  if (code === "CERT_HAS_EXPIRED") return `certificate expired ${since(certificate.valid_to)}`;
  if (code === "CERT_NOT_YET_VALID") return `certificate is not valid before ${certificate.valid_from}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const names = (certificate.subjectaltname ?? "").replaceAll(/(DNS|IP Address):/g, "").slice(0, 200);
    return `certificate is for ${names === "" ? "no name" : names}, not for ${serverName}`;
  }
  return words[code] ?? `certificate is not accepted: ${code.toLowerCase().replaceAll("_", " ")}`;
}

function since(date: string): string {
  const days = Math.floor((Date.now() - Date.parse(date)) / dayMs);
  if (!Number.isFinite(days)) return "already";
  return days < 1 ? "less than a day ago" : days === 1 ? "1 day ago" : `${days} days ago`;
}
