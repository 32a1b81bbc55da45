/** The mariadb probe: real servers, refused, frozen, stopped, read-only, full, and a replica that lags. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MariadbProbe } from "../../src/core/model.ts";
import { createProber } from "../../src/io/probe/prober.ts";
import { type Authority, makeAuthority } from "./certificates.ts";
import { type DatabaseServer, startMariadb } from "./database-servers.ts";
import { folderOf, removeFolder, userNamed } from "./process-group.ts";
import { makeScene, nameOf, runProbe, targetOf, wordsOf } from "./probe-scene.ts";
import { serve } from "./probe-server.ts";

const scene = makeScene();
const password = "s3cret-of-the-test";
const name = "db.example.org";
let authority: Authority;
let server: DatabaseServer;
let secrets = "";

const createTable =
  "CREATE DATABASE ops; CREATE TABLE ops.muster_probe (id INT PRIMARY KEY, seen TIMESTAMP NOT NULL) ENGINE=InnoDB";
const createUser = `CREATE USER monitor@'127.0.0.1' IDENTIFIED BY '${password}';
  GRANT SLAVE MONITOR ON *.* TO monitor@'127.0.0.1'; GRANT ALL ON ops.* TO monitor@'127.0.0.1'`;

beforeAll(async () => {
  authority = makeAuthority();
  secrets = folderOf("secrets", userNamed("root"));
  writeFileSync(join(secrets, "right"), `${password}\n`);
  writeFileSync(join(secrets, "wrong"), "not-this-one\n");
  const settings = ["--log-bin", "--server-id=1", "--max-connections=10", "--plugin-load-add=auth_ed25519"];
  server = await startMariadb({
    certificate: authority.issue(name, 10),
    settings: [...settings, "--skip-name-resolve"],
  });
  server.sql(`${createTable}; ${createUser}`);
  server.sql(`CREATE USER curve@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('${password}')`);
  server.sql("CREATE USER open@'127.0.0.1'");
});
afterAll(async () => {
  await server.stop();
  authority.remove();
  removeFolder(secrets);
});

function probeOf(changes: Partial<MariadbProbe> = {}): MariadbProbe {
  return {
    kind: "mariadb",
    port: server.port,
    tls: null,
    user: "monitor",
    password: { kind: "file", path: join(secrets, "right") },
    database: null,
    query: "SELECT 1",
    expect: null,
    writable: null,
    lagMsMax: null,
    writeTable: null,
    ...changes,
  };
}

async function find(changes: Partial<MariadbProbe> = {}, timeoutMs = 5_000): Promise<string> {
  const prober = createProber({ extraAuthorities: [authority.certificate] });
  const verdict = await runProbe(prober, targetOf(probeOf(changes)), timeoutMs);
  await prober.close();
  return wordsOf(verdict);
}

/** What is broken. */
async function named(changes: Partial<MariadbProbe> = {}, timeoutMs = 5_000): Promise<string> {
  const prober = createProber({ extraAuthorities: [authority.certificate] });
  const verdict = await runProbe(prober, targetOf(probeOf(changes)), timeoutMs);
  await prober.close();
  return nameOf(verdict, "mariadb");
}

const tls = { serverName: name, verify: true };
const cases: readonly (readonly [string, Partial<MariadbProbe>, string])[] = [
  ["login and a query", {}, "up: query answered '1'"],
  ["login with ed25519", { user: "curve" }, "up: query answered '1'"],
  ["login without a password", { user: "open", password: null }, "up: query answered '1'"],
  ["login over TLS", { tls, database: "ops" }, "up: query answered '1'"],
  ["login with ed25519 over TLS", { tls, user: "curve" }, "up: query answered '1'"],
  [
    "another certificate",
    { tls: { ...tls, serverName: "x.example" } },
    `down: certificate is for ${name}, not for x.example`,
  ],
  ["an expected value", { query: "SELECT 'a', 2 UNION SELECT 'b', 3", expect: "a" }, "up: query answered 'a'"],
  ["another value", { query: "SELECT NULL", expect: "a" }, "down: query answered NULL, expected 'a'"],
  ["no row", { query: "SELECT 1 FROM DUAL WHERE false" }, "up: query answered no row"],
  ["a query without a result", { query: "SET @x = 1" }, "up: query answered no row"],
  ["a query that fails", { query: "SELECT * FROM ops.gone" }, "down: query failed: 'Table 'ops.gone' doesn't exist'"],
  [
    "a lacking right",
    { query: "SELECT * FROM mysql.user" },
    "down: lacks a right: 'SELECT command denied to user 'monitor'@",
  ],
  ["an endless answer", { query: "SELECT repeat('x', 99999)" }, "down: answer is longer than 65536 bytes"],
  [
    "an unknown database",
    { database: "gone" },
    "down: refuses the login: 'Access denied for user 'monitor'@'127.0.0.1' to database",
  ],
  [
    "a wrong password",
    { password: { kind: "file", path: "" } },
    "down: refuses the login: 'Access denied for user 'monitor'@'127.0.0.1' (using password...'",
  ],
  ["writable", { writable: true, lagMsMax: 1 }, "up: writable, no replica, query answered '1'"],
  ["expected to be read-only", { writable: false }, "down: takes writes"],
  ["a write", { writeTable: "ops.muster_probe" }, "up: query answered '1', write done"],
  [
    "no file",
    { password: { kind: "file", path: "/nonexistent/x" } },
    "unknown: password: the file /nonexistent/x cannot be read: there is no such file",
  ],
];

test.each(cases)("P2 %s", async (title, changes, expected) => {
  const wrong = { kind: "file", path: join(secrets, "wrong") } as const;
  expect(await find(title === "a wrong password" ? { password: wrong } : changes)).toContain(expected);
});

test("an unknown database that the user may see", async () => {
  server.sql("GRANT SELECT ON nothing_there.* TO monitor@'127.0.0.1'");
  expect(await find({ database: "nothing_there" })).toBe(
    "down: has no such database: 'Unknown database 'nothing_there''",
  );
});

test("T1 too many connections: database refused", async () => {
  const probers = Array.from({ length: 10 }, () => createProber());
  scene.after.push(async () => {
    for (const prober of probers) await prober.close();
  });
  for (const prober of probers) await runProbe(prober, targetOf(probeOf()));
  expect(await find()).toBe("down: has too many connections: 'Too many connections'");
  expect(await named()).toBe("database refused");
});

test("a kept session carries probes, and trips when the server ends it", async () => {
  await expect.poll(() => find()).toContain("up: ");
  const prober = scene.prober();
  const trips: string[] = [];
  prober.onTrip((_id, reason) => trips.push(reason));
  const target = targetOf(probeOf({ query: "SELECT CONNECTION_ID()" }));
  const found = new Set<string>();
  for (const fresh of [true, false, false]) {
    const verdict = await new Promise<string>((resolve) =>
      prober.start({ target, timeoutMs: 5_000, fresh }, (heard) => resolve(wordsOf(heard))),
    );
    found.add(verdict);
  }
  expect(found.size).toBe(1);
  server.sql("KILL USER monitor@'127.0.0.1'");
  await expect.poll(() => trips).toHaveLength(1);
});

test("a query that does not end is ended by the server, too: given up, it holds none of its connections", async () => {
  const running =
    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'monitor' AND INFO LIKE '%BENCH%' AND INFO NOT LIKE '%PROCESSLIST%'";
  const base = targetOf(probeOf({ query: "SELECT BENCHMARK(99999999999, MD5('a'))" }));
  const target = { ...base, check: { ...base.check, timeout: { kind: "fixed", ms: 300 } as const } };
  for (let i = 0; i < 2; i++)
    expect(wordsOf(await runProbe(scene.prober(), target, 300))).toContain("no answer to the query");
  await expect.poll(() => server.sql(running), { timeout: 10_000 }).toBe("0");
});

test("T1 read-only by setting", async () => {
  server.sql("SET GLOBAL read_only = 1");
  scene.after.push(() => void server.sql("SET GLOBAL read_only = 0"));
  expect(await find({ writable: true })).toBe("down: read-only: it is set so");
  expect(await find({ writable: false })).toBe("up: read-only, query answered '1'");
  expect(await find({ writeTable: "ops.muster_probe" })).toMatch(
    /^down: read-only: 'The MariaDB server is running with the --read-only/,
  );
});

test("T1 frozen and stopped", async () => {
  const own = await startMariadb();
  scene.after.push(() => own.stop());
  own.sql(createUser);
  const changes = { port: own.port };
  expect(await find(changes)).toBe("up: query answered '1'");
  own.freeze();
  expect(await find(changes, 300)).toBe("down: no answer within 300 ms");
  own.resume();
  await own.stop();
  expect(await find(changes)).toBe("down: connection refused");
});

test("T1 D4 a replica: its lag, a replica that stopped, and one whose source is gone", async () => {
  const replica = await startMariadb({
    settings: ["--server-id=2", "--skip-slave-start", "--read-only", "--plugin-load-add=auth_ed25519"],
  });
  scene.after.push(() => replica.stop());
  replica.sql(`CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=${server.port}, MASTER_USER='open',
    MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1`);
  server.sql("GRANT REPLICATION SLAVE ON *.* TO open@'127.0.0.1'");
  replica.sql("START SLAVE");
  const at = (changes: Partial<MariadbProbe>): Promise<string> => find({ port: replica.port, ...changes });
  await expect.poll(() => at({ lagMsMax: 500, writable: false })).toBe("up: read-only, lag 0 s, query answered '1'");
  expect(await at({ writable: true })).toBe("down: read-only: it is set so");
  replica.sql("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=5; START SLAVE");
  server.sql("INSERT INTO ops.muster_probe VALUES (1, NOW()) ON DUPLICATE KEY UPDATE seen = NOW()");
  await expect
    .poll(() => at({ lagMsMax: 500 }))
    .toMatch(/^down: replica lags \d+ s behind, at most 0\.5 s are allowed$/);
  replica.sql("STOP SLAVE SQL_THREAD");
  expect(await at({ lagMsMax: 500 })).toBe("down: replication is broken");
  expect(await named({ port: replica.port, lagMsMax: 500 })).toBe("replication broken");
  replica.sql("STOP SLAVE; CHANGE MASTER TO MASTER_PORT=1, MASTER_DELAY=0; START SLAVE");
  await expect
    .poll(() => at({ lagMsMax: 500 }))
    .toMatch(/^down: replication has lost its source: 'error (re)?connecting to master/);
});

test("T1 a full disk is seen by the write", async () => {
  const folder = folderOf("full", userNamed("mysql"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=200m", "muster-test", folder]);
  const user = userNamed("mysql");
  execFileSync("chown", [`${user.uid}:${user.gid}`, folder]);
  scene.after.push(() => {
    execFileSync("umount", ["--lazy", folder]);
    removeFolder(folder);
  });
  const own = await startMariadb({ data: join(folder, "data"), settings: ["--log-bin", "--server-id=3"] });
  scene.after.push(() => own.stop("SIGKILL"));
  own.sql(`${createTable}; ${createUser}`);
  const changes = { port: own.port, writeTable: "ops.muster_probe" };
  expect(await find(changes)).toBe("up: query answered '1', write done");
  const filler = join(folder, "filler");
  expect(() => execFileSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4k"], { stdio: "ignore" })).toThrow("dd");
  // The binary log makes a write wait for space instead. Writes that wait are not joined by ever more of them.
  await expect.poll(() => find(changes, 300)).toBe("down: no answer to the write within 300 ms");
  const waiting = "down: 4 earlier writes still wait; is the disk full?";
  await expect.poll(() => find(changes, 300)).toBe(waiting);
  expect(await named(changes)).toBe("database full");
  expect(await find({ port: own.port })).toBe("up: query answered '1'");
});

const hostile: readonly (readonly [string, Buffer, string])[] = [
  [
    "is a web server",
    Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
    "down: answer is longer than 65536 bytes, or not MariaDB",
  ],
  ["has too short a handshake", Buffer.from([3, 0, 0, 0, 10, 0x35, 0]), "down: answer is not MariaDB"],
  [
    "has a handshake of garbage",
    Buffer.from([20, 0, 0, 0, 10, ...Buffer.alloc(19, 0x61)]),
    "down: answer is not MariaDB",
  ],
  ["never ends its packet", Buffer.from([200, 0, 0, 0, 10]), "down: answer not complete within 300 ms"],
  [
    "refuses this host",
    Buffer.from([6, 0, 0, 0, 0xff, 0x6a, 0x04, ...Buffer.from("no!")]),
    "down: refuses the login: 'no!'",
  ],
  ["is full", refusal(1_114, "The table 't' is full"), "down: disk full: 'The table 't' is full'"],
  ["waits for room", refusal(1_021, "Disk full (/tmp/x)"), "down: disk full: 'Disk full (/tmp/x)'"],
  [
    "is full, says an engine",
    refusal(1_030, 'Got error 28 "No space left on device" from storage engine InnoDB'),
    "down: disk full: 'Got error 28",
  ],
  ["shuts down", refusal(1_053, "Server shutdown in progress"), "down: is shutting down: 'Server shutdown"],
  ["says nothing", Buffer.alloc(0), "down: no answer within 300 ms"],
];

function refusal(number: number, words: string): Buffer {
  const text = Buffer.from(words, "latin1");
  return Buffer.concat([Buffer.from([3 + text.length, 0, 0, 0, 0xff, number % 256, number >> 8]), text]);
}

test.each(hostile)("a server that %s", async (_title, bytes, expected) => {
  const bad = await serve((socket) => socket.write(bytes));
  scene.after.push(() => bad.stop());
  expect(await find({ port: bad.port }, 300)).toContain(expected);
  await expect.poll(() => bad.sockets.size).toBe(0);
});

test("packets of garbage at any moment harm nobody, and a file of this machine is never sent", async () => {
  let seed = 11;
  const next = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31);
  const greeting = Buffer.concat([
    Buffer.from("\n5.5.5-x\0", "latin1"),
    Buffer.alloc(12, 1),
    Buffer.from([0, 0xff, 0xff, 45, 2, 0, 0xff, 0xff, 21]),
    Buffer.alloc(10),
    Buffer.alloc(12, 2),
    Buffer.from("\0mysql_native_password\0", "latin1"),
  ]);
  const packet = (number: number, body: Buffer): Buffer =>
    Buffer.concat([Buffer.from([body.length, 0, 0, number]), body]);
  const bad = await serve((socket) => {
    socket.write(packet(0, greeting));
    let turn = 0;
    socket.on("data", () => {
      const marks = [0x00, 0xfb, 0xfe, 0xff, 1, 2, next() % 256];
      const body = Buffer.from([marks[next() % 7] ?? 0, ...Array.from({ length: next() % 40 }, () => next() % 256)]);
      const isWelcome = turn++ === 0 && next() % 3 > 0;
      socket.write(
        isWelcome ? packet(2, Buffer.alloc(7)) : Buffer.concat([packet(1, body), packet(2, body), packet(3, body)]),
      );
    });
  });
  scene.after.push(() => bad.stop());
  const prober = scene.prober();
  const found = new Set<string>();
  for (let round = 0; round < 300; round++) {
    found.add(wordsOf(await runProbe(prober, targetOf(probeOf({ port: bad.port })), 30)));
  }
  expect([...found]).toContain("down: asks for a file of this machine");
});
