import { expect, test } from "vitest";
import type { TlsProbe } from "../../src/core/model.ts";
import { freePort } from "../fakes/free-port.ts";
import { type Authority, type CertificateFiles, makeAuthority } from "./certificates.ts";
import { startNginx } from "./probe-nginx.ts";
import { makeScene, runProbe, targetOf, wordsOf } from "./probe-scene.ts";
import { serve } from "./probe-server.ts";
import { startProgram, untilAccepting } from "./spawned.ts";

const scene = makeScene();
const name = "www.example.org";

function tls(port: number, changes: Partial<TlsProbe> & { verify?: boolean; serverName?: string } = {}): TlsProbe {
  const { serverName = name, verify = true, ...rest } = changes;
  return { kind: "tls", port, tls: { serverName, verify }, daysLeftMin: null, ...rest };
}

function startAuthority(): Authority {
  const authority = makeAuthority();
  scene.after.push(() => authority.remove());
  return authority;
}

/** `openssl s_server` on a port of its own. */
async function startOpenssl(own: CertificateFiles, ...more: string[]): Promise<number> {
  const port = await freePort();
  const args = ["s_server", "-accept", `127.0.0.1:${port}`, "-cert", own.cert, "-key", own.key, "-quiet", ...more];
  const program = startProgram("openssl", args);
  scene.after.push(() => program.stop());
  await untilAccepting(program, port);
  return port;
}

test("nginx: a good chain is up with its protocol and days, and each bad certificate is down by its reason", async () => {
  const nginx = await startNginx();
  scene.after.push(() => nginx.stop());
  const trusting = scene.prober({ extraAuthorities: [nginx.authority] });
  const find = async (probe: TlsProbe): Promise<string> => wordsOf(await runProbe(trusting, targetOf(probe)));
  const { expired, good, other, selfsigned } = nginx.tls;
  expect(await find(tls(good))).toMatch(/^up: TLSv1\.[23], certificate of 'good' expires in 29 days$/);
  expect(await find(tls(good, { serverName: "127.0.0.1" }))).toMatch(/^up: TLSv1\.[23]/);
  expect(await find(tls(expired))).toBe("down: certificate expired 3 days ago");
  expect(await find(tls(other))).toBe(`down: certificate is for other.example, not for ${name}`);
  expect(await find(tls(selfsigned))).toBe("down: certificate is self-signed");
  expect(await find(tls(expired, { verify: false }))).toMatch(/^up: .* expired 3 days ago$/);
  expect(await find(tls(expired, { verify: false, daysLeftMin: 0 }))).toBe("down: certificate expired 3 days ago");
  const wary = await runProbe(scene.prober(), targetOf(tls(good)));
  expect(wordsOf(wary)).toMatch(/^down: certificate .*(authority|incomplete)/);
  expect(nginx.errors()).toBe("");
});

test("openssl s_server: a certificate that expires soon is down below days-left, and up above", async () => {
  const authority = startAuthority();
  const port = await startOpenssl(authority.issue(name, 4), "-tls1_2");
  const prober = scene.prober({ extraAuthorities: [authority.certificate] });
  const find = async (daysLeftMin: number): Promise<string> =>
    wordsOf(await runProbe(prober, targetOf(tls(port, { daysLeftMin }))));
  expect(await find(14)).toBe("down: certificate expires in 3 days");
  expect(await find(3)).toBe(`up: TLSv1.2, certificate of '${name}' expires in 3 days`);
});

test("openssl s_server: the name goes as SNI, and the certificate for it comes", async () => {
  const authority = startAuthority();
  const [own, second] = [authority.issue(name, 9), authority.issue("second.example.org", 9)];
  const more = ["-servername", "second.example.org", "-cert2", second.cert, "-key2", second.key];
  const port = await startOpenssl(own, ...more);
  const prober = scene.prober({ extraAuthorities: [authority.certificate] });
  for (const serverName of [name, "second.example.org"]) {
    const verdict = await runProbe(prober, targetOf(tls(port, { serverName })));
    expect(wordsOf(verdict)).toContain(`up: TLSv1.3, certificate of '${serverName}'`);
  }
  const verdict = await runProbe(prober, targetOf(tls(port, { serverName: "third.example.org" })));
  expect(wordsOf(verdict)).toBe(`down: certificate is for ${name}, not for third.example.org`);
});

test.each([
  ["says nothing", "", /^down: TLS handshake not finished within 300 ms$/],
  ["greets like another protocol", "220 mail.example.org ESMTP\r\n", /^down: TLS handshake failed: /],
])("a server that %s is down", async (_title, greeting, expected) => {
  const server = await serve((socket) => socket.resume().write(greeting));
  scene.after.push(() => server.stop());
  expect(wordsOf(await runProbe(scene.prober(), targetOf(tls(server.port)), 300))).toMatch(expected);
  await expect.poll(() => server.sockets.size).toBe(0);
});
