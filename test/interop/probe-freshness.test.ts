import { expect, test } from "vitest";
import type { FreshnessProbe, HttpProbe, ProbeConfig, StampFormat, Target } from "../../src/core/model.ts";
import type { Prober, Verdict } from "../../src/ports/prober.ts";
import { defaultProbe } from "../contract/prober.contract.ts";
import { freePort } from "../fakes/free-port.ts";
import { openSite, type Site } from "./freshness-sites.ts";
import { makeScene, runProbe, targetOf, wordsOf } from "./probe-scene.ts";
import { serve } from "./probe-server.ts";

const scene = makeScene();
const hourMs = 3_600_000;

async function site(): Promise<Site> {
  const opened = await openSite();
  scene.after.push(() => opened.close());
  return opened;
}

function request(port: number, path: string, method: HttpProbe["method"] = "GET"): HttpProbe {
  return { ...defaultProbe, method, port, path };
}

interface Wanted {
  readonly path?: string;
  readonly format?: StampFormat;
  readonly lagMsMax?: number;
}

function probeOf(origins: readonly { port: number }[], mirror: { port: number }, wanted: Wanted = {}): FreshnessProbe {
  const { format = { kind: "auto" }, lagMsMax = hourMs, path = "/time" } = wanted;
  const method = format.kind === "last-modified" ? "HEAD" : "GET";
  return {
    kind: "freshness",
    origins: origins.map(({ port }) => ({
      url: `http://127.0.0.1:${port}${path}`,
      host: "127.0.0.1",
      request: request(port, path, method),
    })),
    request: request(mirror.port, path, method),
    format,
    lagMsMax,
  };
}

/** An interval that makes the origin's document count for the shortest time that there is. */
function shortLived(target: Target): Target {
  return { ...target, check: { ...target.check, intervalMs: 10 } };
}

async function find(prober: Prober, probe: ProbeConfig): Promise<Verdict> {
  return runProbe(prober, shortLived(targetOf(probe)), 4_000);
}

const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const old = new Date(now.getTime() - 3 * hourMs - 12 * 60_000);

const forms: readonly (readonly [title: string, format: StampFormat, write: (at: Date) => string])[] = [
  ["Unix seconds", { kind: "auto" }, (at) => `${at.getTime() / 1000}\n`],
  ["ISO 8601", { kind: "iso" }, (at) => `${at.toISOString()}\n`],
  ["RFC 2822", { kind: "rfc2822" }, (at) => at.toUTCString().replace("GMT", "+0000")],
  ["a pattern", { kind: "matches", pattern: '"time": *(\\d+)' }, (at) => `{"time": ${at.getTime() / 1000}}`],
  ["Last-Modified", { kind: "last-modified" }, () => "x".repeat(200_000)],
];

test.each(forms)(
  "M5 a mirror behind the origin by more than the limit is down, told by %s",
  async (_title, format, write) => {
    const [origin, mirror] = await Promise.all([site(), site()]);
    origin.write("time", write(now), now);
    mirror.write("time", write(old), old);
    const prober = scene.prober();
    const stale = await find(prober, probeOf([origin], mirror, { format }));
    expect(wordsOf(stale)).toBe("down: behind the origin by 3 h 12 min, 1 h allowed");
    expect(stale.data).toEqual({ at: old.getTime(), staleMs: now.getTime() - old.getTime() });
    expect(wordsOf(await find(prober, probeOf([origin], mirror, { format, lagMsMax: 4 * hourMs })))).toBe(
      "up: behind the origin by 3 h 12 min",
    );
    mirror.write("time", write(now), now);
    expect(wordsOf(await find(prober, probeOf([origin], mirror, { format })))).toBe("up: as new as the origin");
  },
);

test("M5 a mirror whose document is missing, empty, garbage or from the future is down", async () => {
  const [origin, mirror] = await Promise.all([site(), site()]);
  origin.write("time", `${now.getTime() / 1000}`);
  const prober = scene.prober();
  const probe = probeOf([origin], mirror);
  expect(wordsOf(await find(prober, probe))).toBe("down: status 404, expected 200");
  mirror.write("time", "");
  expect(wordsOf(await find(prober, probe))).toBe("down: the timestamp document is empty");
  mirror.write("time", "<html>Maintenance</html>");
  expect(wordsOf(await find(prober, probe))).toBe(
    "down: no time in the document, which begins with '<html>Maintenance</html>'",
  );
  mirror.write(
    "time",
    Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + 200) % 256),
  );
  expect(wordsOf(await find(prober, probe))).toMatch(
    /^down: no time in the document, which begins with '[\x20-\x7e]+'$/,
  );
  mirror.write("time", `${now.getTime() / 1000 + 86_400 * 365}`);
  expect(wordsOf(await find(prober, probe))).toMatch(/^down: its time lies 36[45] d/);
  await mirror.stop();
  expect(wordsOf(await find(prober, probe))).toBe("down: connection refused");
});

test("M5 a mirror that sends its document without end is judged by its beginning, and one that is silent is down", async () => {
  const origin = await site();
  origin.write("time", `${now.getTime() / 1000}`);
  const endless = await serve((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const more = (): void => {
      while (!socket.destroyed && socket.write("x".repeat(9_000)));
    };
    socket.on("drain", more);
    more();
  });
  const silent = await serve(() => {});
  scene.after.push(
    () => endless.stop(),
    () => silent.stop(),
  );
  const prober = scene.prober();
  expect(wordsOf(await find(prober, probeOf([origin], endless)))).toMatch(/^down: no time in the document/);
  const target = targetOf(probeOf([origin], silent));
  expect(wordsOf(await runProbe(prober, target, 300))).toBe("down: no answer within 300 ms");
  await expect.poll(() => silent.sockets.size + endless.sockets.size).toBe(0);
});

test("M6 while the origin is down no mirror is judged, which is told once, and once when it is back", async () => {
  const [origin, current, stale] = await Promise.all([site(), site(), site()]);
  origin.write("time", `${now.getTime() / 1000}`);
  current.write("time", `${now.getTime() / 1000}`);
  stale.write("time", `${old.getTime() / 1000}`);
  const prober = scene.prober();
  const told: string[] = [];
  prober.onTrouble(({ rule, sentence }) => told.push(`${rule} ${sentence}`));
  const kinds = async (): Promise<string[]> => [
    (await find(prober, probeOf([origin], current))).kind,
    (await find(prober, probeOf([origin], stale))).kind,
  ];
  expect(await kinds()).toEqual(["up", "down"]);
  await origin.stop();
  await expect.poll(kinds).toEqual(["unknown", "unknown"]);
  expect(wordsOf(await find(prober, probeOf([origin], stale)))).toBe(
    `unknown: the origin cannot be read: ${origin.url("/time")}: connection refused`,
  );
  // A mirror that is gone altogether is not judged by its freshness either.
  expect((await find(prober, probeOf([origin], { port: await freePort() }))).kind).toBe("unknown");
  expect(told).toEqual([
    expect.stringMatching(/^check\/cannot-judge the origin cannot be read .*connection refused.*/),
  ]);
  await origin.start();
  await expect.poll(kinds).toEqual(["up", "down"]);
  expect(told).toHaveLength(2);
  expect(told[1]).toMatch(/^check\/judges-again the origin .* is back/);
});

test("M6 of an origin that failed is told, too, when the last mirror that is judged by it has left", async () => {
  const mirror = await site();
  const prober = scene.prober();
  const told: string[] = [];
  prober.onTrouble(({ rule, subject }) => told.push(`${rule} ${subject}`));
  const port = await freePort();
  const target = shortLived(targetOf(probeOf([{ port }], mirror)));
  await runProbe(prober, target, 4_000);
  prober.forget(target.id);
  const url = `http://127.0.0.1:${port}/time`;
  expect(told).toEqual([`check/cannot-judge ${url}`, `check/judges-again ${url}`]);
});

test("M6 an origin with garbage, without a document or from the future judges nobody", async () => {
  const [origin, mirror] = await Promise.all([site(), site()]);
  mirror.write("time", `${old.getTime() / 1000}`);
  const find1 = async (): Promise<string> => wordsOf(await find(scene.prober(), probeOf([origin], mirror)));
  expect(await find1()).toMatch(/^unknown: .* status 404, expected 200$/);
  origin.write("time", "soon");
  expect(await find1()).toMatch(/^unknown: .* no time in the document, which begins with 'soon'$/);
  origin.write("time", `${now.getTime() / 1000 + 7_200}`);
  expect(await find1()).toMatch(/^unknown: .* its time lies 1(20|19) min in the future/);
});

test("M6 an origin that sends bytes without end, or headers without end, judges nobody", async () => {
  const mirror = await site();
  mirror.write("time", `${old.getTime() / 1000}`);
  const stream = (head: string, piece: Buffer) =>
    serve((socket) => {
      socket.write(head);
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on("drain", more);
      more();
    });
  const binary = Buffer.from(Uint8Array.from({ length: 9_000 }, (_, i) => (i * 37 + 128) % 256));
  const body = await stream("HTTP/1.1 200 OK\r\n\r\n", binary);
  const head = await stream("HTTP/1.1 200 OK\r\n", Buffer.from("X-Y: z\r\n".repeat(500)));
  scene.after.push(
    () => body.stop(),
    () => head.stop(),
  );
  const prober = scene.prober();
  expect(wordsOf(await find(prober, probeOf([body], mirror)))).toMatch(/^unknown: .*: no time in the document/);
  expect(wordsOf(await find(prober, probeOf([head], mirror)))).toMatch(/^unknown: .*: (headers are longer|more than)/);
  await expect.poll(() => body.sockets.size + head.sockets.size).toBe(0);
});

test("M6 a frozen origin judges nobody, and what it said just before still counts for a while", async () => {
  const [origin, mirror] = await Promise.all([site(), site()]);
  origin.write("time", `${now.getTime() / 1000}`);
  mirror.write("time", `${old.getTime() / 1000}`);
  origin.freeze();
  const fresh = shortLived(targetOf(probeOf([origin], mirror)));
  expect(wordsOf(await runProbe(scene.prober(), fresh, 300))).toBe(
    "unknown: the origin cannot be read: no answer within 300 ms",
  );
  origin.thaw();
  const prober = scene.prober();
  expect((await runProbe(prober, fresh, 4_000)).kind).toBe("down");
  origin.freeze();
  const finds = async (): Promise<string> => (await runProbe(prober, fresh, 300)).kind;
  expect(await finds()).toBe("down");
  await expect.poll(finds).toBe("unknown");
});

test("M6 beside an unknown freshness the other parts of all go on judging", async () => {
  const [origin, mirror] = await Promise.all([site(), site()]);
  origin.write("time", `${now.getTime() / 1000}`);
  mirror.write("time", `${old.getTime() / 1000}`);
  mirror.write("index.html", "Welcome");
  const all: ProbeConfig = { kind: "all", of: [request(mirror.port, "/"), probeOf([origin], mirror)] };
  const stale = await find(scene.prober(), all);
  expect(wordsOf(stale)).toMatch(/^down: not all 2 up; fresh:\d+\/time: behind the origin by 3 h 12 min/);
  expect(stale.data?.staleMs).toBe(now.getTime() - old.getTime());
  await origin.stop();
  expect(wordsOf(await find(scene.prober(), all))).toMatch(/^up: all 1 up; /);
  await mirror.stop();
  expect(wordsOf(await find(scene.prober(), all))).toMatch(/^down: .*connection refused$/);
});

test("the next origin is asked when the first fails, without a word of trouble", async () => {
  const [origin, mirror] = await Promise.all([site(), site()]);
  origin.write("time", `${now.getTime() / 1000}`);
  mirror.write("time", `${now.getTime() / 1000}`);
  const prober = scene.prober();
  const told: string[] = [];
  prober.onTrouble(({ rule }) => told.push(rule));
  const probe = probeOf([{ port: await freePort() }, origin], mirror);
  expect(wordsOf(await find(prober, probe))).toBe("up: as new as the origin");
  expect(told).toEqual([]);
});

test("one fetch from the origin serves many mirrors and many probes", async () => {
  const [origin, mirror] = await Promise.all([site(), site()]);
  origin.write("time", `${now.getTime() / 1000}`);
  mirror.write("time", `${now.getTime() / 1000}`);
  const prober = scene.prober();
  const base = targetOf(probeOf([origin], mirror));
  const probes = Array.from({ length: 50 }, (_, i) => {
    const target = { ...base, id: `${i}`, check: { ...base.check, intervalMs: 60_000 } };
    return runProbe(prober, target, 4_000);
  });
  expect(new Set((await Promise.all(probes)).map(({ kind }) => kind))).toEqual(new Set(["up"]));
  await runProbe(prober, { ...base, check: { ...base.check, intervalMs: 60_000 } });
  expect([origin.requests("/time"), mirror.requests("/time")]).toEqual([1, 51]);
});

test("a probe that is cancelled, or a prober that closes, leaves no connection to origin or mirror", async () => {
  const [origin, mirror] = [await serve(() => {}), await serve(() => {})];
  scene.after.push(
    () => origin.stop(),
    () => mirror.stop(),
  );
  const prober = scene.prober();
  const target = targetOf(probeOf([origin], mirror));
  const verdicts: string[] = [];
  const cancel = prober.start({ target, timeoutMs: 60_000, fresh: true }, ({ kind }) => verdicts.push(kind));
  await expect.poll(() => origin.sockets.size + mirror.sockets.size).toBe(2);
  cancel();
  await expect.poll(() => mirror.sockets.size).toBe(0);
  await prober.close();
  await expect.poll(() => origin.sockets.size).toBe(0);
  expect(verdicts).toEqual([]);
});
