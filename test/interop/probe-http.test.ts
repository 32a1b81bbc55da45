import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HttpProbe, Target } from "../../src/core/model.ts";
import { createProber } from "../../src/io/probe/prober.ts";
import type { Prober, Verdict } from "../../src/ports/prober.ts";
import { defaultProbe, targetAt } from "../contract/prober.contract.ts";
import { type Certificate, type Nginx, startNginx } from "./probe-nginx.ts";

const contains = (text: string) => ({ kind: "contains", text }) as const;
const matches = (pattern: string) => ({ kind: "matches", pattern }) as const;

describe("http probe against nginx", () => {
  let nginx: Nginx;
  let prober: Prober;
  beforeAll(async () => {
    nginx = await startNginx();
    prober = createProber({ extraAuthorities: [nginx.authority] });
  });
  afterAll(async () => {
    await prober?.close();
    await nginx?.stop();
  });

  function httpTarget(changes: Partial<HttpProbe>, address = "127.0.0.1"): Target {
    const base = targetAt({ address, port: nginx.plain });
    const check = { ...base.check, probe: { ...defaultProbe, port: nginx.plain, ...changes } };
    return { ...base, id: `${address} ${JSON.stringify(check.probe)}`, check };
  }

  function run(target: Target, fresh = true): Promise<Verdict> {
    return new Promise((resolve) => prober.start({ target, timeoutMs: 3_000, fresh }, resolve));
  }

  const cases: readonly (readonly [title: string, probe: Partial<HttpProbe>, verdict: string])[] = [
    ["D1 HEAD answered with 200 is up", { method: "HEAD" }, "up"],
    ["D1 HEAD answered with 503 is down", { method: "HEAD", path: "/busy" }, "status 503, expected 200"],
    ["a status range", { path: "/nothing", status: [{ from: 200, to: 299 }] }, "up"],
    ["D5 a string in the body", { body: contains("Welcome") }, "up"],
    ["D5 a string that is not there", { body: contains("Farewell") }, "status 200, but the body lacks 'Farewell'"],
    ["D5 a pattern in the body", { body: matches("^Wel\\w+ to") }, "up"],
    ["a body larger than the limit is judged on its beginning", { path: "/big", body: contains("Welcome") }, "up"],
    [
      "a body larger than the limit, string after it",
      { path: "/big", body: contains("the end") },
      "status 200, but the body lacks 'the end'",
    ],
    ["a large body within the limit", { path: "/big", body: contains("the end"), bodyBytesMax: 1_000_000 }, "up"],
    ["a redirect is judged by its status", { path: "/moved" }, "status 302, expected 200"],
    ["a redirect that is expected", { path: "/moved", status: [{ from: 302, to: 302 }] }, "up"],
    ["a redirect that is followed", { path: "/moved", redirectsMax: 1, body: contains("Welcome") }, "up"],
    ["redirects in a circle", { path: "/round", redirectsMax: 3 }, "more than 3 redirects"],
    ["a redirect to another host", { path: "/away", redirectsMax: 3 }, "redirect to another host, elsewhere.example"],
    ["the Host field is sent", { host: "nobody.example" }, "status 421, expected 200"],
  ];
  test.each(cases)("%s", async (_title, probe, expected) => {
    const verdict = await run(httpTarget(probe));
    expect(verdict.kind === "up" ? "up" : verdict.reason).toBe(expected);
  });

  test("IPv6 by its address", async () => {
    expect(await run(httpTarget({ port: nginx.ipv6 }, "::1"))).toMatchObject({ kind: "up" });
  });

  const certificates: readonly (readonly [Certificate, Partial<HttpProbe["tls"]>, string])[] = [
    ["good", {}, "up"],
    ["good", { serverName: "127.0.0.1" }, "up"],
    ["good", { serverName: "wrong.example" }, "certificate is for www.example.org, 127.0.0.1, not for wrong.example"],
    ["expired", {}, "certificate expired 3 days ago"],
    ["other", {}, "certificate is for other.example, not for www.example.org"],
    ["selfsigned", {}, "certificate is self-signed"],
    ["selfsigned", { verify: false }, "up"],
    ["expired", { verify: false }, "up"],
  ];
  test.each(certificates)("TLS with the certificate %s, %o", async (certificate, changes, expected) => {
    const tls = { serverName: "www.example.org", verify: true, ...changes };
    const target = httpTarget({ port: nginx.tls[certificate], tls, body: contains("Welcome") });
    for (const fresh of [true, false, true]) {
      const verdict = await run(target, fresh);
      expect(verdict.kind === "up" ? "up" : verdict.reason).toBe(expected);
    }
  });

  test("TLS to a port that speaks plain HTTP", async () => {
    const tls = { serverName: "www.example.org", verify: true };
    const verdict = await run(httpTarget({ tls }));
    expect(verdict).toMatchObject({ kind: "down", reason: expect.stringMatching(/^TLS handshake failed/) });
  });

  test("an authority that is not trusted", async () => {
    const other = createProber();
    const target = httpTarget({ port: nginx.tls.good, tls: { serverName: "www.example.org", verify: true } });
    const verdict = await new Promise((resolve) => other.start({ target, timeoutMs: 3_000, fresh: true }, resolve));
    await other.close();
    expect(verdict).toMatchObject({ kind: "down", reason: expect.stringMatching(/^certificate .*authority/) });
  });

  test("nginx logs nothing about probes that were closed with a reset", async () => {
    for (let i = 0; i < 20; i++) await run(httpTarget({}), true);
    expect(nginx.errors()).toBe("");
  });
});
