/** Certificates made by openssl from an authority that only the test trusts, each with names and days as asked for. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  issue(name: string, days: number): CertificateFiles;
  remove(): void;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export function makeAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "muster-authority-"));
  const request = (name: string, ...more: string[]): CertificateFiles => {
    const files = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
    const out = ["-keyout", files.key, "-out", files.cert, "-subj", `/CN=${name}`];
    execFileSync("openssl", ["req", "-x509", ...newKey, ...out, ...more], { stdio: "pipe" });
    return files;
  };
  const own = request("authority", "-days", "30");
  return {
    certificate: readFileSync(own.cert, "utf8"),
    issue: (name, days) => {
      const leaf = ["-addext", `subjectAltName=DNS:${name}`, "-addext", "basicConstraints=critical,CA:FALSE"];
      return request(name, "-CA", own.cert, "-CAkey", own.key, "-days", `${days}`, ...leaf);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
