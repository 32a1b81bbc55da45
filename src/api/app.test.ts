/** The API without a socket: each request is handed to the app in memory. */
import { expect, test } from "vitest";
import { z } from "zod";
import { createFakeOperator, fakeStartMs } from "../../test/fakes/operator.ts";
import { createApi, REQUEST_BODY_BYTES_MAX } from "./app.ts";
import { errorReplySchema } from "./contract.ts";
import { apiErrors } from "./errors.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Tests look into replies without asking the compiler. */
async function read(reply: Response) {
  return z.any().parse(await reply.json());
}

interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly peer?: string;
}

function start(token: string | null = null) {
  const operator = createFakeOperator();
  const api = createApi({ operator, token, version: "1.2.3", pageDir: null, log: silent });
  const ask = async (path: string, { method = "GET", body, headers = {}, peer = "127.0.0.1" }: Ask = {}) => {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const init = { method, headers: { host: "127.0.0.1:8053", ...json, ...headers } };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return api.request(path, body === undefined ? init : { ...init, body: text }, {
      incoming: { socket: { remoteAddress: peer } },
    });
  };
  const code = async (path: string, given: Ask = {}) => {
    const reply = await ask(path, given);
    const { error } = errorReplySchema.parse(await reply.json());
    return [reply.status, error.code];
  };
  return { operator, ask, code };
}

test("status, pool and explanation carry what the operator says", async () => {
  const { operator, ask } = start();
  expect(await (await ask("/api/v1/status")).json()).toEqual(operator.status());
  const pool = await (await ask("/api/v1/pools/DB.example.org.")).json();
  expect(pool).toEqual({ at: fakeStartMs, pool: operator.status().pools[1] });
  expect(await (await ask("/api/v1/explain/www.example.org")).json()).toEqual(operator.explain("www.example.org"));
});

test("an unknown name is answered with the nearest one", async () => {
  const { ask } = start();
  const reply = await ask("/api/v1/pools/wwv.example.org");
  expect(reply.status).toBe(404);
  expect(await reply.json()).toEqual({
    error: {
      code: "name_unknown",
      message: "There is no pool wwv.example.org; did you mean www.example.org?",
      details: ["www.example.org"],
    },
  });
});

test("events are filtered and bounded", async () => {
  const { operator, ask, code } = start();
  for (let n = 0; n < 5; n++) operator.addEvent({ subject: n % 2 === 0 ? "even" : "odd" });
  const ids = async (query: string) =>
    (await read(await ask(`/api/v1/events${query}`))).events.map((event: { id: number }) => event.id);
  expect(await ids("")).toEqual([1, 2, 3, 4, 5]);
  expect(await ids("?after=3")).toEqual([4, 5]);
  expect(await ids("?subject=odd")).toEqual([2, 4]);
  expect(await ids("?limit=2")).toEqual([4, 5]);
  expect(await ids(`?since=${fakeStartMs + 1}`)).toEqual([]);
  for (const query of ["?limt=5", "?limit=0", "?limit=1001", "?after=-1", "?after=x", "?since=1.5"])
    expect(await code(`/api/v1/events${query}`), query).toEqual([400, "bad_request"]);
});

test("a member is drained and enabled, by id, label or address", async () => {
  const { operator, ask } = start();
  const body = { member: "web1", kind: "drain", reason: "new disk", owner: "ann", forSeconds: 60 };
  const reply = await ask("/api/v1/overrides", { method: "POST", body });
  expect(reply.status).toBe(200);
  const done = await read(reply);
  expect(done.members[0].override).toMatchObject({ owner: "ann", expiresAt: fakeStartMs + 60_000 });
  expect(done.members[0].override.safeToStopAt).toBe(fakeStartMs + 30_000);
  expect(operator.status().pools[0]?.answer.addresses).toEqual(["192.0.2.11", "2001:db8::12"]);
  const id = encodeURIComponent("www.example.org/192.0.2.10");
  expect((await ask(`/api/v1/overrides/${id}?owner=ann`, { method: "DELETE" })).status).toBe(200);
  expect(operator.status().pools[0]?.answer.addresses).toHaveLength(3);
});

test("orders that cannot be carried out say why", async () => {
  const { ask, code } = start();
  expect((await ask("/api/v1/overrides/web1", { method: "DELETE" })).status).toBe(200);
  expect(await code("/api/v1/overrides/web9", { method: "DELETE" })).toEqual([404, "name_unknown"]);
  expect(await code("/api/v1/overrides/web1?onwer=ann", { method: "DELETE" })).toEqual([400, "bad_request"]);
  expect(await code("/api/v1/pools/www.example.org/failback", { method: "POST" })).toEqual([409, "refused"]);
  expect((await ask("/api/v1/pools/db.example.org/failback", { method: "POST" })).status).toBe(200);
  expect((await ask("/api/v1/reload", { method: "POST" })).status).toBe(200);
});

test.each<[string, unknown]>([
  ["not JSON", "{"],
  ["empty", ""],
  ["no reason", { member: "web1", kind: "drain" }],
  ["unknown kind", { member: "web1", kind: "stop", reason: "x" }],
  ["unknown field", { member: "web1", kind: "drain", reason: "x", until: 5 }],
  ["control characters", { member: "web1", kind: "drain", reason: "x\u001b[2J" }],
  ["negative time", { member: "web1", kind: "drain", reason: "x", forSeconds: -1 }],
  ["an array", []],
])("a bad override body is refused: %s", async (_, body) => {
  const { operator, code } = start();
  expect(await code("/api/v1/overrides", { method: "POST", body })).toEqual([400, "bad_request"]);
  expect(operator.status().pools[0]?.answer.addresses).toHaveLength(3);
});

test("a call without its body is refused, and nothing is done", async () => {
  const { operator, code } = start();
  const bodies = ["overrides", "pins", "maintenance", "plan", "simulate", "rehearsals", "replay", "reset"];
  for (const path of bodies)
    expect(await code(`/api/v1/${path}`, { method: "POST" }), path).toEqual([400, "bad_request"]);
  expect(await operator.history({ limit: 9 })).toEqual([]);
});

test("a body that may be left out has its defaults then", async () => {
  const { operator, ask } = start();
  const asked: unknown[] = [];
  const note = async (...given: unknown[]) => {
    asked.push(given);
    return { kind: "done" as const, sentences: [], members: [] };
  };
  Object.assign(operator, { acknowledge: note, notifyTest: note, reload: note });
  for (const path of ["reload", "notify/test", "notify/acknowledge"])
    expect((await ask(`/api/v1/${path}`, { method: "POST" })).status, path).toBe(200);
  const by = { owner: "api", reason: "no reason given" };
  expect(asked).toEqual([[null, by], [null], ["", by]]);
});

test("a body of another type or without end is not read", async () => {
  const { code } = start();
  const post = { method: "POST", body: "member=web1", headers: { "content-type": "text/plain" } };
  expect(await code("/api/v1/overrides", post)).toEqual([415, "content_type_refused"]);
  const body = { member: "web1", kind: "drain", reason: "x" };
  const large = { "content-length": String(REQUEST_BODY_BYTES_MAX + 1) };
  expect(await code("/api/v1/overrides", { method: "POST", body, headers: large })).toEqual([413, "body_too_large"]);
  const chunked = { "transfer-encoding": "chunked" };
  expect(await code("/api/v1/overrides", { method: "POST", body, headers: chunked })).toEqual([411, "length_required"]);
});

test("an unknown route is a 404 in JSON, and a bug leaves no trace", async () => {
  const { operator, ask, code } = start();
  expect(await code("/api/v1/nothing")).toEqual([404, "route_unknown"]);
  expect(await code("/api/v1/status", { method: "POST" })).toEqual([404, "route_unknown"]);
  operator.status = () => {
    throw new Error("secret at /some/path");
  };
  const reply = await ask("/api/v1/status");
  expect(reply.status).toBe(500);
  expect(await reply.text()).not.toContain("secret");
});

test("healthz is 200 only when ready", async () => {
  const { operator, ask, code } = start();
  expect((await ask("/healthz")).status).toBe(200);
  operator.ready = false;
  expect(await code("/healthz")).toEqual([503, "not_ready"]);
});

test("OpenAPI describes every route", async () => {
  const { ask } = start();
  const document = await read(await ask("/openapi.json"));
  expect(document.info).toMatchObject({ title: "muster", version: "1.2.3" });
  expect(Object.keys(document.paths).sort()).toEqual([
    "/api/v1/brake",
    "/api/v1/events",
    "/api/v1/explain/{name}",
    "/api/v1/holds/{member}",
    "/api/v1/live",
    "/api/v1/maintenance",
    "/api/v1/maintenance/{name}",
    "/api/v1/maintenance/{name}/series",
    "/api/v1/notify/acknowledge",
    "/api/v1/notify/test",
    "/api/v1/overrides",
    "/api/v1/overrides/{member}",
    "/api/v1/pins",
    "/api/v1/pins/{name}",
    "/api/v1/plan",
    "/api/v1/pools/{name}",
    "/api/v1/pools/{name}/failback",
    "/api/v1/records/{name}",
    "/api/v1/rehearsals",
    "/api/v1/reload",
    "/api/v1/replay",
    "/api/v1/reset",
    "/api/v1/simulate",
    "/api/v1/status",
    "/healthz",
    "/metrics",
  ]);
  expect(document.components.schemas.Status.properties.pools.items).toEqual({ $ref: "#/components/schemas/Pool" });
});

test("OpenAPI says what may be left out, which texts are taken, and how clients show who they are", async () => {
  const { ask } = start();
  const document = await read(await ask("/openapi.json"));
  const { OverrideRequest, Member } = document.components.schemas;
  expect(OverrideRequest.required).toEqual(["member", "kind", "reason"]);
  expect(Member.required).not.toContain("diagnosis");
  const { parameters } = document.paths["/api/v1/events"].get;
  expect(parameters.filter((one: { required?: boolean }) => one.required)).toEqual([]);
  const pattern = new RegExp(OverrideRequest.properties.reason.pattern, "u");
  expect(["new disk", "größer", "", "a\nb", "\u001b[2J", "\u0085"].map((text) => pattern.test(text))).toEqual([
    ...[true, true, true, false, false, false],
  ]);
  expect(document.components.securitySchemes.token).toMatchObject({ type: "http", scheme: "bearer" });
  expect(document.paths["/api/v1/live"].get.parameters).toMatchObject([{ in: "header", name: "last-event-id" }]);
});

test("a token guards the API from everywhere, the page and healthz stay open", async () => {
  const { ask, code } = start("s3cret");
  const wrong: Record<string, string>[] = [{}, { authorization: "Bearer nope" }, { authorization: "Basic s3cret" }];
  for (const headers of wrong) {
    expect(await code("/api/v1/status", { headers })).toEqual([401, "unauthorized"]);
    expect(await code("/api/v1/live", { headers })).toEqual([401, "unauthorized"]);
    expect(await code("/metrics", { headers })).toEqual([401, "unauthorized"]);
  }
  expect((await ask("/api/v1/status")).headers.get("www-authenticate")).toContain("Bearer");
  const headers = { authorization: "Bearer s3cret", host: "muster.example.org" };
  expect((await ask("/api/v1/status", { headers, peer: "192.0.2.1" })).status).toBe(200);
  expect((await ask("/healthz", { peer: "192.0.2.1" })).status).toBe(200);
  expect((await ask("/", { peer: "192.0.2.1" })).status).toBe(200);
});

test.each<[string, Ask, string | null]>([
  ["IPv6 loopback", { peer: "::1", headers: { host: "[::1]:8053" } }, null],
  ["mapped loopback", { peer: "::ffff:127.0.0.1", headers: { host: "localhost" } }, null],
  ["another 127 address", { peer: "127.0.0.9", headers: { host: "127.0.0.9:1" } }, null],
  ["another machine", { peer: "192.0.2.1" }, "peer_refused"],
  ["a mapped other machine", { peer: "::ffff:192.0.2.1" }, "peer_refused"],
  ["a rebound name", { headers: { host: "evil.example:8053" } }, "host_refused"],
  ["a name that starts like one", { headers: { host: "127.0.0.1.evil.example" } }, "host_refused"],
  ["a name that ends like one", { headers: { host: "notlocalhost" } }, "host_refused"],
  ["a proxy", { headers: { "x-forwarded-for": "192.0.2.1" } }, "proxy_refused"],
  ["a page reading", { headers: { origin: "http://evil.example" } }, null],
])("without a token only this machine is served: %s", async (_, given, refused) => {
  const { ask } = start();
  for (const path of ["/api/v1/status", "/metrics", "/healthz", "/openapi.json", "/"]) {
    const reply = await ask(path, given);
    expect(reply.status, path).toBe(refused === null ? 200 : 403);
    if (refused !== null) expect((await read(reply)).error.code).toBe(refused);
  }
});

test.each<[string, number]>([
  ["http://127.0.0.1:8053", 200],
  ["http://127.0.0.1:9999", 403],
  ["http://evil.example", 403],
  ["null", 403],
])("without a token a change must come from the same origin: %s", async (origin, status) => {
  const { ask } = start();
  expect((await ask("/api/v1/reload", { method: "POST", headers: { origin } })).status).toBe(status);
});

test("every reply forbids sniffing and caching", async () => {
  const { ask } = start();
  for (const path of ["/api/v1/status", "/api/v1/nothing"]) {
    const { headers } = await ask(path);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(headers.get("cache-control"), path).toBe("no-store");
  }
});

test("every error of the catalogue has a code, a status and a sentence", () => {
  for (const [code, { status, sentence }] of Object.entries(apiErrors)) {
    expect(code).toMatch(/^[a-z_]+$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(sentence).toMatch(/^[A-Zm].*\.$/);
  }
});
