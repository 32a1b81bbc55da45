/** The API on a real socket, read by the client that the CLI uses. */
import { request } from "node:http";
import { createServer } from "node:net";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { createFakeOperator } from "../../test/fakes/operator.ts";
import { createApi } from "./app.ts";
import { ClientError } from "./client-error.ts";
import { type ApiClient, createClient } from "./client.ts";
import { listenApi } from "./listen.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

async function start(token: string | null = null) {
  const operator = createFakeOperator();
  const api = createApi({ operator, token, version: "1", pageDir: null, log: silent });
  const listening = await listenApi(api, { address: "127.0.0.1", port: 0 });
  closes.push(() => listening.close());
  const url = new URL(`http://127.0.0.1:${listening.address.port}`);
  return { operator, listening, url, client: createClient({ url, token }) };
}

async function failureOf(ask: (client: ApiClient) => Promise<unknown>, client: ApiClient): Promise<ClientError> {
  const thrown = await ask(client).then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof ClientError) return thrown;
  throw new Error(`expected a ClientError, got ${String(thrown)}`);
}

test("every call of the client, with and without a body", async () => {
  const { operator, client } = await start("s3cret");
  expect(await client.status()).toEqual(operator.status());
  expect((await client.pool("db.example.org")).pool).toEqual(operator.status().pools[1]);
  expect(await client.explain("www.example.org")).toEqual(operator.explain("www.example.org"));
  const done = await client.setOverride({ member: "2001:db8::12", kind: "disable", reason: "noise" });
  expect(done.members.map(({ label, override }) => [label, override?.owner])).toEqual([["web3", "api"]]);
  const id = "www.example.org/2001:db8::12";
  expect((await client.clearOverride(id, { owner: "ann", reason: "test" })).members[0]?.override).toBe(null);
  expect((await client.failback("db.example.org", { owner: "ann", reason: "test" })).sentences).toHaveLength(1);
  expect((await client.reload({})).sentences).toEqual(["nothing changed"]);
  expect((await client.events({ after: 1, limit: 5 })).events.map((event) => event.id)).toEqual([2]);
});

test("the live stream over a socket, and its end with the server", async () => {
  const { operator, client, listening } = await start();
  const stop = new AbortController();
  const stream = client.live({ signal: stop.signal, afterId: null });
  expect((await stream.next()).value).toEqual({ kind: "status", status: operator.status() });
  operator.setHealth("web1", "down", "closed");
  expect((await stream.next()).value).toMatchObject({ kind: "event", event: { subject: "web1" } });
  const ended = stream.next().then(() => stream.next());
  await Promise.all([expect(ended).rejects.toThrow(ClientError), listening.close()]);
  closes.pop();
  await expect.poll(() => operator.subscribers()).toBe(0);
});

test("a follower that aborts is gone on the other side", async () => {
  const { operator, client } = await start();
  const stop = new AbortController();
  const stream = client.live({ signal: stop.signal, afterId: null });
  await stream.next();
  expect(operator.subscribers()).toBe(1);
  stop.abort();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  await expect.poll(() => operator.subscribers()).toBe(0);
});

test("refusals, strangers and silence are told apart", async () => {
  const { url } = await start("s3cret");
  const unauthorized = await failureOf((client) => client.status(), createClient({ url, token: "wrong" }));
  expect([unauthorized.kind, unauthorized.code]).toEqual(["refused", "unauthorized"]);
  const unknown = await failureOf((client) => client.pool("dbb.example.org"), createClient({ url, token: "s3cret" }));
  expect([unknown.kind, unknown.code, unknown.details]).toEqual(["refused", "name_unknown", ["db.example.org"]]);
  const stranger = createServer((socket) => socket.resume().end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
  stranger.listen(0, "127.0.0.1");
  await once(stranger, "listening");
  const address = stranger.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const strange = new URL(`http://127.0.0.1:${port}`);
  expect((await failureOf((client) => client.status(), createClient({ url: strange, token: null }))).kind).toBe(
    "strange",
  );
  await new Promise((resolve) => stranger.close(resolve));
  const nobody = await failureOf((client) => client.status(), createClient({ url: strange, token: null }));
  expect(nobody.kind).toBe("unreachable");
  expect(nobody.message).toBe(`No controller can be reached at http://127.0.0.1:${port}: nothing listens there.`);
});

test("a port that is taken is told with its holder and the option that moves it", async () => {
  const { listening } = await start();
  const api = createApi({ operator: createFakeOperator(), token: null, version: "1", pageDir: null, log: silent });
  const failure = await listenApi(api, listening.address).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ name: "ApiListenError", code: "listen/port-taken" });
  const message = String(failure);
  expect(message).toContain(`127.0.0.1:${listening.address.port}`);
  expect(message).toContain(`process ${process.pid}`);
  expect(message).toContain("api.listen");
});

test("a body that is longer than announced or too long to announce is not taken", async () => {
  const { operator, url } = await start();
  const send = (headers: Record<string, string>, body: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const post = request(new URL("/api/v1/overrides", url), { method: "POST", headers });
      post.on("response", (reply) => resolve(reply.resume().statusCode ?? 0));
      post.on("error", reject);
      post.end(body);
    });
  const json = { "content-type": "application/json" };
  expect(await send({ ...json, "transfer-encoding": "chunked" }, "{}")).toBe(411);
  expect(await send(json, JSON.stringify({ reason: "x".repeat(20_000) }))).toBe(413);
  expect(operator.status().pools[0]?.answer.addresses).toHaveLength(3);
});

test("a name that is re-bound to this machine is refused on a real socket", async () => {
  const { url } = await start();
  const status = await new Promise((resolve, reject) => {
    const get = request(new URL("/api/v1/status", url), { headers: { host: "evil.example" } });
    get.on("response", (reply) => resolve(reply.resume().statusCode));
    get.on("error", reject);
    get.end();
  });
  expect(status).toBe(403);
});

test("an order whose reply is lost may be done all the same, which is said; a question changes nothing", async () => {
  const deaf = createServer((socket) => socket.on("data", () => socket.destroy()).on("error", () => undefined));
  deaf.listen(0, "127.0.0.1");
  await once(deaf, "listening");
  const bound = deaf.address();
  const url = new URL(`http://127.0.0.1:${typeof bound === "object" ? bound?.port : 0}`);
  const client = createClient({ url, token: null });
  const by = { owner: "ann", reason: "x" };
  const lost = "the connection was cut.";
  expect((await failureOf(() => client.clearOverride("web1", by), client)).message).toContain(
    `${lost} What was asked may be done all the same.`,
  );
  for (const ask of [() => client.status(), () => client.plan({ kind: "reload" })])
    expect((await failureOf(ask, client)).message.endsWith(lost)).toBe(true);
  deaf.close();
  await once(deaf, "close");
  expect((await failureOf(() => client.reset(by), client)).message).toMatch(/: nothing listens there\.$/);
});
