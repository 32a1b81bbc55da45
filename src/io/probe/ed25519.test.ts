/** A password that is exactly 32 octets long is an ordinary key, and there Node's own Ed25519 is the judge. */
import { createPrivateKey, randomBytes, sign } from "node:crypto";
import { expect, test } from "vitest";
import { signWithPassword } from "./ed25519.ts";

test("signs as Node does wherever Node can", () => {
  for (let round = 0; round < 40; round++) {
    const seed = randomBytes(32);
    const text = randomBytes(32);
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    expect(signWithPassword(seed, text).toString("hex")).toBe(sign(null, text, key).toString("hex"));
  }
});
