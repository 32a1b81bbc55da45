import { expect, test } from "vitest";
import { probesOf, sentencesOf } from "../../../test/fakes/probe-file.ts";
import { loadConfig } from "../load.ts";
import { fakeSources } from "../../../test/fakes/config-sources.ts";

test("freshness asks the member for the origin's path, and fills in the rest", () => {
  const [probe] = probesOf('freshness: { origin: "http://[2001:db8::1]:81/pub/time", lag-max: 3h }');
  expect(probe).toMatchObject({
    kind: "freshness",
    origins: [
      {
        url: "http://[2001:db8::1]:81/pub/time",
        host: "2001:db8::1",
        request: { port: 81, path: "/pub/time", host: "[2001:db8::1]:81", tls: null, status: [{ from: 200, to: 200 }] },
      },
    ],
    request: { method: "GET", port: 80, path: "/pub/time", host: "www.example.org", tls: null },
    format: { kind: "auto" },
    lagMsMax: 10_800_000,
  });
});

test("several origins, TLS, another path, a header as the time", () => {
  const origins = "[https://a.example.org/t, http://b.example.org/t]";
  const [probe] = probesOf(
    `freshness: { origin: ${origins}, lag-max: 1d, path: /own, port: 8443, tls: { verify: false }, format: last-modified }`,
  );
  expect(probe).toMatchObject({
    origins: [
      {
        host: "a.example.org",
        request: { method: "HEAD", port: 443, tls: { serverName: "a.example.org", verify: true } },
      },
      { host: "b.example.org", request: { method: "HEAD", port: 80, tls: null } },
    ],
    request: { method: "HEAD", path: "/own", port: 8443, tls: { serverName: "www.example.org", verify: false } },
  });
});

test("a member may have its own limit and path", () => {
  const members = "[192.0.2.1, { address: 192.0.2.2, check: { freshness: { lag-max: 6h, path: /m2 } } }]";
  const [pools, own] = probesOf("freshness: { origin: http://o.example.org/t, lag-max: 3h, port: 81 }", members);
  expect(pools).toMatchObject({ lagMsMax: 10_800_000, request: { path: "/t", port: 81 } });
  expect(own).toMatchObject({
    lagMsMax: 21_600_000,
    request: { path: "/m2", port: 81 },
    origins: [{ host: "o.example.org" }],
  });
});

const origin = "origin: http://o.example.org/t";
test.each([
  ["freshness: {}", "a freshness probe needs an origin"],
  [`freshness: { ${origin} }`, "a freshness probe needs lag-max, how old is too old"],
  ["freshness: { origin: /t, lag-max: 3h }", 'origin is no URL: "/t"'],
  ["freshness: { origin: http://u:p@o.example.org/t, lag-max: 3h }", "credentials do not belong into a URL"],
  [`freshness: { ${origin}, lag-max: 3h, path: t }`, "the path of a request begins with /"],
  [`freshness: { ${origin}, lag-max: 3h, format: { matches: "(a+)+" } }`, "the pattern repeats a group"],
  [`freshness: { ${origin}, lag-max: 3h, format: isoo }`, "isoo"],
])("%s is refused", (check, sentence) => {
  expect(sentencesOf(check).join("; ")).toContain(sentence);
});

test("least-stale where nothing finds an age gets a warning", () => {
  const warnings = (check: string): readonly string[] => {
    const zone = "zones: { example.org: { nameservers: [ns1.example.net, ns2.example.org] } }";
    const pool = `pools: { www.example.org: { last-resort: least-stale, members: [192.0.2.1], check: { ${check} } } }`;
    const loaded = loadConfig(`${zone}\n${pool}\n`, fakeSources);
    if (!loaded.ok) throw new Error(loaded.error.problems.map((one) => one.sentence).join("; "));
    return loaded.value.warnings.map((one) => one.sentence).filter((one) => one.includes("least-stale"));
  };
  expect(warnings("http: /")).toEqual([
    "no check of the pool finds how old data is, so least-stale is the same as all",
  ]);
  expect(warnings(`all: [{ http: / }, { freshness: { ${origin}, lag-max: 1h } }]`)).toEqual([]);
});
