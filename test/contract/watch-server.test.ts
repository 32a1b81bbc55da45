/** The watchers' port against those who should not get in, and against those who should, with real TLS. */
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect as connectPlain, createServer as createPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ConnectionOptions, createServer, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WatcherReport } from "../../src/core/vantage.ts";
import { certify, makeToken, openAuthority, readToken, removeWatcher } from "../../src/io/watch/authority.ts";
import { makeCertificate } from "../../src/io/watch/certificate.ts";
import { type Identity, readIdentity, saveIdentity } from "../../src/io/watch/identity.ts";
import { connectionsPerAddressMax, patienceMs, tokenMs } from "../../src/io/watch/limits.ts";
import { enrolAt, openLink } from "../../src/io/watch/link.ts";
import { type FromController, readFromController } from "../../src/io/watch/messages.ts";
import { openWatchServer, type WatchServer } from "../../src/io/watch/server.ts";
import { until } from "../e2e/parts/wait.ts";

let folder: string;
let server: WatchServer;
let told: string[];
let reports: WatcherReport[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "muster-watch-"));
  server = await openWatchServer({ listen: { address: "127.0.0.1", port: 0 }, folder: join(folder, "authority") });
  told = [];
  reports = [];
  server.onTrouble((_rule, sentence) => told.push(sentence));
  server.onReport((report) => reports.push(report));
  server.assign({ agents: [], watchers: [{ name: "fra", votes: true, references: [] }], targets: [] });
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function at(): { host: string; port: number } {
  return { host: "127.0.0.1", port: server.endpoint.port };
}

async function newToken(name = "fra", lifeMs = tokenMs) {
  const token = readToken(
    await makeToken(await openAuthority(join(folder, "authority")), { name, noun: "watcher", lifeMs }),
  );
  if (token === null) throw new Error("no token");
  return token;
}

async function newIdentity(): Promise<Identity> {
  return enrolAt(at(), await newToken());
}

async function open(options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ ...at(), rejectUnauthorized: false, ...options });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  socket.resume();
  return socket;
}

/** A watcher's end that hears nothing yet. */
const watching = {
  read: readFromController,
  take: (_message: FromController): unknown => undefined,
  end: (_why: string): unknown => undefined,
};

function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

async function refused(why: string): Promise<void> {
  await until(`it is told that ${why}`, () => (told.some((sentence) => sentence.includes(why)) ? true : null)).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}: ${told.join("; ")}`);
    },
  );
}

test("P9 an enrolled watcher is told its targets, reports, and renews its certificate", async () => {
  const identity = await newIdentity();
  const heard: FromController[] = [];
  const link = await openLink(at(), identity, { ...watching, take: (message) => heard.push(message) });
  await until("targets come", () => heard.find(({ kind }) => kind === "targets") ?? null);
  link.send({ v: 1, kind: "report", sequence: 1, sick: null, words: [] });
  await until("the report is there", () => reports[0] ?? null);
  await until("the report is taken", () => heard.find(({ kind }) => kind === "taken") ?? null);
  const { publicKey } = generateKeyPairSync("ed25519");
  link.send({ v: 1, kind: "renew", publicKey: publicKey.export({ type: "spki", format: "pem" }) });
  const renewed = await until("a certificate comes", () => heard.find(({ kind }) => kind === "certificate") ?? null);
  expect(renewed).not.toMatchObject({ certificate: identity.certificate });
  link.send({ v: 1, kind: "report", sequence: 1, sick: null, words: [] });
  await refused("its reports come in the wrong order");
});

test("P9 a watcher that has renewed its certificate stays connected when the one that it came with expires", async () => {
  const identity = await newIdentity();
  const { certificate, endsAt, publicKey } = await shortLived(identity);
  const heard: FromController[] = [];
  const link = await openLink(
    at(),
    { ...identity, certificate },
    { ...watching, take: (message) => heard.push(message) },
  );
  link.send({ v: 1, kind: "renew", publicKey });
  await until("a certificate comes", () => heard.find(({ kind }) => kind === "certificate") ?? null);
  await until("the old one has expired", () => (Date.now() > endsAt ? true : null));
  link.send({ v: 1, kind: "report", sequence: 1, sick: null, words: [] });
  await until("its report is answered", () => heard.find(({ kind }) => kind === "taken" || kind === "refused") ?? null);
  expect(heard.map(({ kind }) => kind)).not.toContain("refused");
  link.cut("done");
});

/** The watcher's own key and enrolment, in a certificate for some seconds. */
async function shortLived({ certificate, key }: Identity) {
  const publicKey = String(createPublicKey(key).export({ type: "spki", format: "pem" }));
  const generation = /^OU=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? "";
  const made = certify(await openAuthority(join(folder, "authority")), { name: "fra", generation, publicKey }, 3000);
  if (!made.ok) throw new Error(made.why);
  const endsAt = Date.parse(new X509Certificate(made.certificate).validTo);
  return { publicKey, certificate: made.certificate, endsAt };
}

test("D7 keys and tokens lie in files that nobody else may read", async () => {
  await newToken();
  await saveIdentity(join(folder, "identity"), await newIdentity());
  expect(await readIdentity(join(folder, "identity"))).not.toBeNull();
  for (const path of ["authority/authority.pem", "authority/enrolled/fra.json", "identity/identity.json"])
    expect(statSync(join(folder, path)).mode & 0o777).toBe(0o600);
});

test("D7 a token works once, not after its time, not for another, and not after it was taken back", async () => {
  const token = await newToken();
  await enrolAt(at(), token);
  await expect(enrolAt(at(), token)).rejects.toThrow("used or expired");
  await expect(enrolAt(at(), await newToken("fra", -1))).rejects.toThrow("used or expired");
  await expect(enrolAt(at(), { ...(await newToken()), secret: "A".repeat(43) })).rejects.toThrow("used or expired");
  await expect(enrolAt(at(), await newToken("nyc"))).rejects.toThrow("nobody of this name is configured");
  const removed = await newToken();
  await removeWatcher(join(folder, "authority"), "fra");
  await expect(enrolAt(at(), removed)).rejects.toThrow("used or expired");
});

test("D7 of many who show one token at once, one gets in", async () => {
  const token = await newToken();
  const all = await Promise.allSettled(Array.from({ length: 6 }, () => enrolAt(at(), token)));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("D7 the secret is not shown to whoever is not the controller that made the token", async () => {
  const stranger = await openAuthority(join(folder, "other"));
  const foreign = readToken(await makeToken(stranger, { name: "fra", noun: "watcher" }));
  if (foreign === null) throw new Error("no token");
  await expect(enrolAt(at(), foreign)).rejects.toThrow("not the controller that made the token");
});

test("D7 a certificate of another authority is cut, and so is one that is not a watcher's", async () => {
  const keys = generateKeyPairSync("ed25519");
  const key = String(keys.privateKey.export({ type: "pkcs8", format: "pem" }));
  const base = { subject: { name: "fra", unit: "x" }, publicKey: keys.publicKey, lifeMs: 60_000 } as const;
  const own = makeCertificate({ ...base, issuer: { name: "muster authority", key: keys.privateKey }, use: "client" });
  const socket = await open({ cert: own, key });
  await once(socket, "close");
  await refused("a certificate that does not count");
  const { key: authorityKey } = await openAuthority(join(folder, "authority"));
  const server2 = makeCertificate({ ...base, issuer: { name: "muster authority", key: authorityKey }, use: "server" });
  await once(await open({ cert: server2, key }), "close");
  const forged = makeCertificate({ ...base, issuer: { name: "muster authority", key: authorityKey }, use: "client" });
  await once(await open({ cert: forged, key }), "close");
  expect(reports).toEqual([]);
});

test("D7 an enrolment that is removed ends a connection at its next word", async () => {
  const ends: string[] = [];
  const heard: FromController[] = [];
  const link = await openLink(at(), await newIdentity(), {
    ...watching,
    take: (message) => heard.push(message),
    end: (why) => ends.push(why),
  });
  await removeWatcher(join(folder, "authority"), "fra");
  link.send({ v: 1, kind: "report", sequence: 1, sick: null, words: [] });
  await until("the end", () => ends[0] ?? null);
  expect(heard).toContainEqual({ v: 1, kind: "refused", why: "its enrolment was removed" });
  expect(reports).toEqual([]);
});

test("D7 an enrolment that cannot be read takes nobody's voice, and whoever comes then is told so", async () => {
  const identity = await newIdentity();
  const tasks: FromController[] = [];
  const link = await openLink(at(), identity, { ...watching, take: (message) => tasks.push(message) });
  await until("its tasks", () => tasks[0] ?? null);
  const file = join(folder, "authority", "enrolled", "fra.json");
  const enrolment = readFileSync(file);
  rmSync(file);
  mkdirSync(file);
  link.send({ v: 1, kind: "report", sequence: 1, sick: null, words: [] });
  await until("the report", () => reports[0] ?? null);
  const heard: FromController[] = [];
  const ends: string[] = [];
  const again = {
    ...watching,
    take: (message: FromController) => heard.push(message),
    end: (why: string) => ends.push(why),
  };
  await openLink(at(), identity, again);
  await until("the end", () => ends[0] ?? null);
  expect(heard).toContainEqual({ v: 1, kind: "refused", why: expect.stringContaining("cannot be read: EISDIR") });
  rmSync(file, { recursive: true });
  writeFileSync(file, enrolment);
  link.send({ v: 1, kind: "report", sequence: 2, sick: null, words: [] });
  await until("the next report", () => reports[1] ?? null);
});

test("D7 a watcher's certificate does not make it a controller that others believe", async () => {
  const identity = await newIdentity();
  const impostor = createServer({ cert: identity.certificate, key: identity.key }, (socket) => socket.resume());
  impostor.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
  await once(impostor, "listening");
  const address = impostor.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(openLink({ host: "127.0.0.1", port }, identity, watching)).rejects.toThrow(/certificate/);
  await expect(enrolAt({ host: "127.0.0.1", port }, await newToken())).rejects.toThrow("not the controller");
  impostor.close();
});

test("D7 plain TCP and older TLS get nothing", async () => {
  const plain = connectPlain(at());
  plain.on("error", () => undefined).write("GET / HTTP/1.1\r\n\r\n");
  let bytes = "";
  plain.on("data", (chunk) => (bytes += chunk.toString("latin1")));
  await once(plain, "close");
  expect(bytes).not.toMatch(/[{]/);
  const old = connect({ ...at(), rejectUnauthorized: false, maxVersion: "TLSv1.2" });
  await expect(once(old, "secureConnect")).rejects.toThrow(/protocol/);
});

test.each<[string, Buffer]>([
  ["a length beyond the limit", Buffer.from([0x7f, 0xff, 0xff, 0xff])],
  ["a length of nothing", Buffer.alloc(4)],
  ["more than a stranger may send", Buffer.concat([Buffer.from([0, 0, 0x20, 0]), Buffer.alloc(0x2000)])],
  ["no JSON", frame("GET / HTTP/1.1")],
  ["another message", frame(JSON.stringify({ v: 1, kind: "report", sequence: 1, sick: null, words: [] }))],
  ["two messages", Buffer.concat([frame("{}"), frame("{}")])],
  ["half a message, and no more", frame("{}").subarray(0, 5)],
])("a stranger who sends %s is cut", async (_what, octets) => {
  const socket = await open();
  socket.write(octets);
  await once(socket, "close");
  expect(reports).toEqual([]);
});

test.each<[string, Buffer]>([
  ["a length beyond the limit", Buffer.from([0x7f, 0xff, 0xff, 0xff])],
  ["garbage", frame("\u0000\u0001")],
  ["another version", frame(JSON.stringify({ v: 2, kind: "report", sequence: 1, sick: null, words: [] }))],
  ["a word that is none", frame(JSON.stringify({ v: 1, kind: "report", sequence: 1, sick: null, words: [{}] }))],
  ["two thousand messages at once", Buffer.concat(Array.from({ length: 2_000 }, () => frame("{}")))],
  ["half a message, and no more", frame("{}").subarray(0, 5)],
])("a watcher that sends %s is cut", async (_what, octets) => {
  const { certificate, key } = await newIdentity();
  const socket = await open({ cert: certificate, key });
  socket.write(octets);
  await once(socket, "close");
  expect(reports).toEqual([]);
});

test("whoever waits for a controller that says nothing can end at once", async () => {
  const mute = createPlain().listen(0, "127.0.0.1");
  await once(mute, "listening");
  const { port } = mute.address() as AddressInfo;
  const stop = new AbortController();
  const identity = await newIdentity();
  mute.once("connection", () => stop.abort());
  const began = performance.now();
  const link = openLink({ host: "127.0.0.1", port }, identity, { ...watching, signal: stop.signal });
  await expect(link).rejects.toThrow("it ends here");
  expect(performance.now() - began).toBeLessThan(patienceMs);
  const never = openLink(at(), identity, { ...watching, signal: stop.signal });
  await expect(never).rejects.toThrow("it ends here");
  mute.close();
});

test("one address cannot take all connections", async () => {
  const sockets = await Promise.all(Array.from({ length: connectionsPerAddressMax }, () => open()));
  const another = connectPlain(at());
  another.on("error", () => undefined).resume();
  await once(another, "close");
  for (const socket of sockets) socket.destroy();
});

test("a port that is taken is named, with who holds it and which option moves it", async () => {
  const second = openWatchServer({ listen: server.endpoint, folder: join(folder, "authority") });
  await expect(second).rejects.toMatchObject({
    code: "listen/port-taken",
    message: expect.stringMatching(
      new RegExp(
        `^Cannot listen on 127\\.0\\.0\\.1:${server.endpoint.port}/tcp: .* \\(process ${process.pid}\\)\\..*\`watch\\.listen\``,
      ),
    ) as string,
  });
});
