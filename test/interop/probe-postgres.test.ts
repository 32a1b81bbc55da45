/** The postgres probe: real servers, refused, frozen, stopped, read-only, full, and a standby that lags. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresProbe } from "../../src/core/model.ts";
import { createProber } from "../../src/io/probe/prober.ts";
import type { Prober } from "../../src/ports/prober.ts";
import { type Authority, makeAuthority } from "./certificates.ts";
import { type DatabaseServer, startPostgres } from "./database-servers.ts";
import { folderOf, removeFolder, userNamed } from "./process-group.ts";
import { makeScene, nameOf, runProbe, targetOf, wordsOf } from "./probe-scene.ts";
import { serve } from "./probe-server.ts";

const scene = makeScene();
const password = "s3cret-of-the-test";
const name = "db.example.org";
let authority: Authority;
let server: DatabaseServer;
let secrets = "";

beforeAll(async () => {
  authority = makeAuthority();
  secrets = folderOf("secrets", userNamed("root"));
  writeFileSync(join(secrets, "right"), `${password}\n`);
  writeFileSync(join(secrets, "wrong"), "not-this-one\n");
  const settings = [
    "max_connections = 6",
    "superuser_reserved_connections = 3",
    "log_connections = on",
    "log_disconnections = on",
  ];
  server = await startPostgres({ certificate: authority.issue(name, 10), settings });
  server.sql(`CREATE ROLE monitor LOGIN PASSWORD '${password}'`);
  server.sql(`CREATE ROLE clear LOGIN PASSWORD '${password}'`);
  server.sql(`SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD '${password}'`);
  server.sql(createTable);
});
afterAll(async () => {
  await server.stop("SIGINT");
  authority.remove();
  removeFolder(secrets);
});

const createTable =
  "CREATE TABLE muster_probe (id integer PRIMARY KEY, seen timestamptz); GRANT ALL ON muster_probe TO PUBLIC";

function probeOf(changes: Partial<PostgresProbe> = {}): PostgresProbe {
  return {
    kind: "postgres",
    port: server.port,
    tls: null,
    user: "monitor",
    password: { kind: "file", path: join(secrets, "right") },
    database: "postgres",
    query: "SELECT 1",
    expect: null,
    writable: null,
    lagMsMax: null,
    writeTable: null,
    ...changes,
  };
}

function open(): Prober {
  return scene.prober({ extraAuthorities: [authority.certificate] });
}

async function find(changes: Partial<PostgresProbe> = {}, timeoutMs = 5_000): Promise<string> {
  const prober = createProber({ extraAuthorities: [authority.certificate] });
  const verdict = await runProbe(prober, targetOf(probeOf(changes)), timeoutMs);
  await prober.close();
  return wordsOf(verdict);
}

/** What is broken. */
async function named(changes: Partial<PostgresProbe> = {}, timeoutMs = 5_000): Promise<string> {
  const prober = createProber({ extraAuthorities: [authority.certificate] });
  const verdict = await runProbe(prober, targetOf(probeOf(changes)), timeoutMs);
  await prober.close();
  return nameOf(verdict, "postgres");
}

const tls = { serverName: name, verify: true };
const cases: readonly (readonly [string, Partial<PostgresProbe>, string])[] = [
  ["login with SCRAM and a query", {}, "up: query answered '1'"],
  ["login with MD5", { user: "old" }, "up: query answered '1'"],
  ["login over TLS", { tls }, "up: query answered '1'"],
  ["a password in clear over TLS", { user: "clear", tls }, "up: query answered '1'"],
  [
    "a password in clear",
    { user: "clear" },
    "unknown: the server asks for the password in clear, which goes over TLS only (tls: true)",
  ],
  [
    "another certificate",
    { tls: { ...tls, serverName: "x.example" } },
    `down: certificate is for ${name}, not for x.example`,
  ],
  [
    "an expected value",
    { query: "SELECT 'a', 2 UNION SELECT 'b', 3 ORDER BY 1", expect: "a" },
    "up: query answered 'a'",
  ],
  ["another value", { query: "SELECT NULL", expect: "a" }, "down: query answered NULL, expected 'a'"],
  ["no row", { query: "SELECT 1 WHERE false" }, "up: query answered no row"],
  ["a query that fails", { query: "SELECT * FROM gone" }, `down: query failed: 'relation "gone" does not exist'`],
  [
    "a lacking right",
    { query: "SELECT * FROM pg_authid" },
    "down: lacks a right: 'permission denied for table pg_authid'",
  ],
  [
    "an endless answer",
    { query: "SELECT repeat('x', 99999)" },
    "down: answer is longer than 65536 bytes, or not PostgreSQL",
  ],
  ["an unknown database", { database: "gone" }, `down: has no such database: 'database "gone" does not exist'`],
  ["an unknown user", { user: "gone" }, `down: refuses the login: 'password authentication failed for user "gone"'`],
  ["writable", { writable: true, lagMsMax: 1 }, "up: writable, lag 0 s, query answered '1'"],
  ["expected to be read-only", { writable: false }, "down: takes writes"],
  ["a write", { writeTable: "public.muster_probe" }, "up: query answered '1', write done"],
  ["no password", { password: null }, "unknown: the server asks for a password, and none is configured"],
  [
    "no variable",
    { password: { kind: "env", name: "MUSTER_X" } },
    "unknown: password: the environment variable MUSTER_X is not set",
  ],
];

test.each(cases)("P2 %s", async (_title, changes, expected) => {
  expect(await find(changes)).toBe(expected);
});

test("a wrong password is refused with the server's words, and a new one in the file counts at once", async () => {
  const path = join(secrets, "wrong");
  const prober = open();
  const target = targetOf(probeOf({ password: { kind: "file", path } }));
  const refusal = `down: refuses the login: 'password authentication failed for user "monitor"'`;
  expect(wordsOf(await runProbe(prober, target))).toBe(refusal);
  writeFileSync(path, password);
  expect(wordsOf(await runProbe(prober, target))).toBe("up: query answered '1'");
  expect(JSON.stringify(target)).not.toContain(password);
});

test("T1 too many connections: database refused", async () => {
  const held = await Promise.all([0, 1, 2].map(() => holdSession()));
  expect(await find()).toMatch(/^down: has too many connections: '.*'$/);
  expect(await named()).toBe("database refused");
  for (const prober of held) await prober.close();
  await expect.poll(() => find()).toBe("up: query answered '1'");
});

test("T1 a login that pg_hba.conf rejects: database refused", async () => {
  const file = join(server.data, "pg_hba.conf");
  const rules = readFileSync(file, "utf8");
  const put = (text: string): void => {
    writeFileSync(file, text);
    server.sql("SELECT pg_reload_conf()");
  };
  scene.after.push(() => put(rules));
  put(`host all monitor 127.0.0.1/32 reject\n${rules}`);
  await expect.poll(() => find()).toMatch(/^down: refuses the login: 'pg_hba.conf rejects connection/);
  expect(await named()).toBe("database refused");
});

/** A session that is kept after its probe. */
async function holdSession(): Promise<Prober> {
  const prober = open();
  await runProbe(prober, targetOf(probeOf()));
  return prober;
}

/** The length of the server's log once everything up to now is in it. */
async function loggedSoFar(): Promise<number> {
  const mark = `mark ${randomUUID()}`;
  server.sql(`DO $$ BEGIN RAISE LOG '${mark}'; END $$`);
  await expect.poll(() => server.printed()).toContain(mark);
  return server.printed().length;
}

/** The same once every session of an earlier test has ended. */
async function quietLog(): Promise<number> {
  const sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'monitor'";
  await expect.poll(() => server.sql(sessions)).toBe("0");
  return loggedSoFar();
}

test("a kept session carries probes, and trips when the server shuts it down", async () => {
  const prober = open();
  const trips: string[] = [];
  prober.onTrip((_id, reason) => trips.push(reason));
  const target = targetOf(probeOf());
  const before = await quietLog();
  for (const fresh of [true, false, false])
    await new Promise((resolve) => prober.start({ target, timeoutMs: 5_000, fresh }, resolve));
  const after = await loggedSoFar();
  expect(server.printed().slice(before, after).split("authorized: user=monitor").length - 1).toBe(1);
  server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'monitor'");
  await expect.poll(() => trips).toHaveLength(1);
});

test("a probe that is not kept says goodbye, and no client is lost in the server's log", async () => {
  const base = targetOf(probeOf());
  const target = { ...base, check: { ...base.check, tripwire: false, freshEvery: 1 } };
  const before = await quietLog();
  for (let i = 0; i < 3; i++) await runProbe(open(), target);
  const ended = (): number => server.printed().slice(before).split("disconnection: session time").length - 1;
  await expect.poll(ended).toBe(3);
  expect(server.printed().slice(before)).not.toMatch(/unexpected EOF|reset by peer/);
});

test("a query that does not end is ended by the server, too: given up, it holds none of its connections", async () => {
  const running = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'monitor'";
  const base = targetOf(probeOf({ query: "SELECT pg_sleep(60)" }));
  const target = { ...base, check: { ...base.check, timeout: { kind: "fixed", ms: 300 } as const } };
  for (let i = 0; i < 2; i++) expect(wordsOf(await runProbe(open(), target, 300))).toContain("no answer to the query");
  await expect.poll(() => server.sql(running), { timeout: 10_000 }).toBe("0");
});

test("T1 read-only by setting", async () => {
  server.sql("ALTER ROLE monitor SET default_transaction_read_only = on");
  scene.after.push(() => void server.sql("ALTER ROLE monitor RESET default_transaction_read_only"));
  expect(await find({ writable: true })).toBe("down: read-only: it is set so");
  expect(await find({ writable: false })).toBe("up: read-only, query answered '1'");
  const refusal = "down: read-only: 'cannot execute INSERT in a read-only transaction'";
  expect(await find({ writeTable: "muster_probe" })).toBe(refusal);
});

test("T1 frozen, shutting down, stopped", async () => {
  const own = await startPostgres();
  scene.after.push(() => own.stop("SIGINT"));
  const changes = { port: own.port, user: "postgres", password: null };
  writeFileSync(join(own.data, "pg_hba.conf"), "local all all trust\nhost all all 127.0.0.1/32 trust\n");
  own.sql("SELECT pg_reload_conf()");
  await expect.poll(() => find(changes)).toBe("up: query answered '1'");
  const holder = open();
  await runProbe(holder, targetOf(probeOf(changes)));
  own.freeze();
  expect(await find(changes, 300)).toBe("down: no answer to the login within 300 ms");
  own.resume();
  // A smart shutdown waits for the session that is kept, and lets nobody in meanwhile.
  const stopped = own.stop("SIGTERM");
  await expect.poll(() => find(changes)).toBe("down: takes no logins now: 'the database system is shutting down'");
  await holder.close();
  await stopped;
  expect(await find(changes)).toBe("down: connection refused");
});

test("T1 D4 a standby: its lag is told, a standby that stopped replaying is down, and so is one that was cut off", async () => {
  const standby = await startPostgres({ source: server });
  scene.after.push(() => standby.stop("SIGINT"));
  const at = (changes: Partial<PostgresProbe>): Promise<string> => find({ port: standby.port, ...changes });
  await expect.poll(() => at({ writable: false, lagMsMax: 100 })).toBe("up: read-only, lag 0 s, query answered '1'");
  expect(await at({ writable: true })).toBe("down: read-only: it is a standby");
  server.sql("INSERT INTO muster_probe VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET seen = now()");
  await expect.poll(() => server.sql("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = sent_lsn")).toBe("1");
  standby.sql("SELECT pg_wal_replay_pause()");
  await expect.poll(() => standby.sql("SELECT pg_get_wal_replay_pause_state()")).toBe("paused");
  server.sql("UPDATE muster_probe SET seen = now()");
  const behind = /^down: replica lags [\d.]+ s behind, at most 0.1 s are allowed$/;
  await expect.poll(() => at({ lagMsMax: 100 })).toMatch(behind);
  expect(await at({ lagMsMax: 60_000 })).toMatch(/^up: lag [\d.]+ s/);
  standby.sql("SELECT pg_wal_replay_resume()");
  await expect.poll(() => at({ lagMsMax: 100 })).toContain("up: lag 0 s");
  // Nobody sends any more: what was received is replayed, and yet it grows old.
  standby.sql("ALTER SYSTEM SET primary_conninfo = ''");
  writeFileSync(join(standby.data, "postgresql.auto.conf"), "primary_conninfo = ''\n");
  standby.sql("SELECT pg_reload_conf()");
  const cutOff =
    /^down: replica lags [\d.]+ s behind, at most 0.1 s are allowed; it receives nothing from its primary$/;
  await expect.poll(() => at({ lagMsMax: 100 })).toMatch(cutOff);
  expect(await named({ port: standby.port, lagMsMax: 100 })).toBe("replication broken");
});

test("T1 a full disk is seen by the write, and by nothing less", async () => {
  const folder = folderOf("full", userNamed("postgres"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=160m", "muster-test", folder]);
  scene.after.push(() => {
    execFileSync("umount", ["--lazy", folder]);
    removeFolder(folder);
  });
  const user = userNamed("postgres");
  execFileSync("chown", [`${user.uid}:${user.gid}`, folder]);
  const own = await startPostgres({ data: join(folder, "data") });
  scene.after.push(() => own.stop("SIGINT"));
  own.sql(`CREATE ROLE monitor LOGIN PASSWORD '${password}'; ${createTable}`);
  const changes = { port: own.port, writeTable: "muster_probe" };
  expect(await find(changes)).toBe("up: query answered '1', write done");
  const filler = join(folder, "filler");
  expect(() => execFileSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=64k"], { stdio: "ignore" })).toThrow("dd");
  expect(await find(changes)).toMatch(/^down: disk full: 'could not write to file "base\/pgsql_tmp/);
  expect(await named(changes)).toBe("database full");
  expect(await find({ port: own.port, writable: true })).toBe("up: writable, query answered '1'");
  removeFolder(filler);
  expect(await find(changes)).toBe("up: query answered '1', write done");
});

describe("servers that do not mean well", () => {
  const hostile: readonly (readonly [string, Buffer, string])[] = [
    [
      "is a web server",
      Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
      "down: answer is longer than 65536 bytes, or not PostgreSQL",
    ],
    ["is a mail server", Buffer.from("220 mail ESMTP\r\n"), "down: answer is not PostgreSQL"],
    ["has too short a packet", Buffer.from([0x52, 0, 0, 0, 4]), "down: broken answer to the login"],
    ["has a negative length", Buffer.from([0x52, 0xff, 0xff, 0xff, 0xff]), "down: answer is not PostgreSQL"],
    [
      "never ends its packet",
      Buffer.concat([Buffer.from([0x53, 0, 0, 0xff, 0]), Buffer.alloc(10)]),
      "down: answer to the login not complete within 300 ms",
    ],
    ["goes on before it begins", auth(11, "r=x,s=eA==,i=999999999"), "down: broken answer to the login (SCRAM)"],
    [
      "wants a login of another kind",
      auth(7),
      "unknown: the server asks for a login of a kind that muster does not have (7)",
    ],
    [
      "has an error without fields",
      Buffer.from([0x45, 0, 0, 0, 5, 0x53]),
      "down: query failed: 'an error without words'",
    ],
  ];

  test.each(hostile)("a server that %s", async (_title, bytes, expected) => {
    const bad = await serve((socket) => socket.on("data", () => socket.write(bytes)));
    scene.after.push(() => bad.stop());
    expect(await find({ port: bad.port }, 300)).toContain(expected);
    await expect.poll(() => bad.sockets.size).toBe(0);
  });

  test("a server that asks for too many rounds, and one that lets in without proof of its own", async () => {
    const answers = [(nonce: string) => auth(11, `r=${nonce}x,s=eA==,i=999999999`), () => auth(0)];
    for (const answer of answers) {
      const bad = await serve((socket) => {
        socket.on("data", (bytes) => {
          const nonce = /r=(\S+)$/.exec(bytes.toString("latin1"))?.[1];
          socket.write(nonce === undefined ? auth(10, "SCRAM-SHA-256\0\0") : answer(nonce));
        });
      });
      scene.after.push(() => bad.stop());
      expect(await find({ port: bad.port })).toMatch(/^down: (broken answer to the login|server did not prove)/);
    }
  });

  test("rows with lengths beyond their packet, at random, harm nobody", async () => {
    let seed = 7;
    const next = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31);
    const bad = await serve((socket) => {
      socket.on("data", () => {
        const body = Buffer.from(Array.from({ length: 1 + (next() % 40) }, () => next() % 256));
        const head = Buffer.alloc(5);
        head.write("RSKEZTDCN"[next() % 9] ?? "R");
        head.writeInt32BE(body.length + 4, 1);
        socket.write(Buffer.concat([auth(0), Buffer.from([0x5a, 0, 0, 0, 5, 0x49]), head, body]));
      });
    });
    scene.after.push(() => bad.stop());
    const prober = open();
    for (let round = 0; round < 200; round++) {
      const verdict = await runProbe(prober, targetOf(probeOf({ port: bad.port })), 30);
      expect(["up", "down", "unknown"]).toContain(verdict.kind);
    }
  });
});

function auth(method: number, more = ""): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.write("R");
  bytes.writeInt32BE(8 + more.length, 1);
  bytes.writeInt32BE(method, 5);
  return Buffer.concat([bytes, Buffer.from(more, "latin1")]);
}
