/** Why a connection came to nothing, as a clause for people. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  EHOSTUNREACH: "there is no way to that address",
  ENETUNREACH: "there is no way to that address",
  ETIMEDOUT: "it does not answer",
  ENOTFOUND: "its name is unknown",
  EAI_AGAIN: "its name cannot be looked up",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate comes from an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate comes from an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate comes from an unknown authority",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** Where a library keeps only the text of the cause. */
const texts: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, "nothing listens there"],
  [/ECONNRESET|EPIPE|socket hang up/, "the connection was cut"],
  [/ENOTFOUND|EDNS/, "its name is unknown"],
  [/altnames/, "its certificate is for another name"],
  [/certificate has expired/, "its certificate has expired"],
  [/self-signed|issuer certificate|verify the first/, "its certificate comes from an unknown authority"],
];

const causesMax = 5;

/** The first cause that is known; else what the last one says. */
export function faultText(thrown: unknown): string {
  let here = thrown;
  let message = "it failed";
  for (let depth = 0; depth < causesMax && here instanceof Error; depth++) {
    const code = "code" in here && typeof here.code === "string" ? here.code : "";
    const known = reasons[code];
    if (known !== undefined) return known;
    message = here.message;
    here = here.cause;
  }
  return texts.find(([pattern]) => pattern.test(message))?.[1] ?? message.split("\n")[0] ?? message;
}
