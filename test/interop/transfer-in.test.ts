/**
 * Zones that are taken from real primaries: muster, started as a user would, in front of BIND, Knot, NSD and PowerDNS, with pools
 * laid over what these have.
 */
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { KeyConfig } from "../../src/core/model.ts";
import { rdataAddress, rdataText, readSoa } from "../../src/dns/rdata/index.ts";
import { Program } from "../e2e/parts/program.ts";
import { until } from "../e2e/parts/wait.ts";
import { freePort } from "../fakes/free-port.ts";
import { Primary, type PrimaryName, primaryNames, primaryZone } from "./primaries.ts";

const key: KeyConfig = {
  name: "transfer.example",
  algorithm: "hmac-sha256",
  secret: "bXVzdGVyIHRyYW5zZmVyIHNlY3JldCAwMTIzNDU2Nzg5",
};
const otherSecret = "YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNhbWUgbGVuZ3RoIDE=";

const closes: (() => unknown)[] = [];
let memberPort = 0;
beforeAll(async () => {
  memberPort = await freePort("127.0.0.10");
});

/** The pool's only member, up while this is open. */
async function openMember(): Promise<Server> {
  const member = createServer((socket) => socket.on("error", () => undefined)).listen(memberPort, "127.0.0.10");
  await once(member, "listening");
  closes.push(() => member.close());
  return member;
}
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

function configFor(primary: Primary, secret: string | null, more = ""): string {
  const keys = secret === null ? "" : `keys: { ${key.name}: { algorithm: ${key.algorithm}, secret: { file: key } } }\n`;
  const signed = secret === null ? "" : `, key: ${key.name}`;
  const { address, port } = primary.endpoint;
  return `${keys}zones:
  example.org: { primaries: [{ address: ${address}, port: ${port}${signed} }] }
pools:
  www.example.org:
    check: { tcp: { port: ${memberPort} }, interval: 500ms }
    last-resort: 192.0.2.99
    members: [127.0.0.10]
${more}`;
}

interface Cast {
  readonly muster: Program;
  readonly primary: Primary;
}

async function start(name: PrimaryName, zone: string, secret: string | null = null): Promise<Cast> {
  const muster = await Program.prepare("");
  closes.push(() => muster.close());
  const notify = { address: "127.0.0.1", port: muster.dnsPort };
  const primary = await Primary.start(name, { zone, notify, key: secret === null ? null : key });
  closes.push(() => primary.close());
  if (secret !== null) writeFileSync(join(muster.folder, "key"), `${secret}\n`, { mode: 0o600 });
  muster.configure(configFor(primary, secret));
  await muster.launch();
  return { muster, primary };
}

/** What the program says, with the answer, when a condition never comes. */
async function wait(muster: Program, what: string, look: () => Promise<boolean>): Promise<void> {
  await until(what, async () => ((await look()) ? true : null)).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${muster.output}`);
  });
}

async function texts(muster: Program, name: string): Promise<string> {
  const { answers } = await muster.ask(name, "TXT");
  return answers.map(({ rdata, type }) => rdataText(type, rdata)).join(" ");
}

async function serial(muster: Program): Promise<number> {
  const { answers } = await muster.ask("example.org", "SOA");
  return answers[0] === undefined ? 0 : (readSoa(answers[0].rdata)?.serial ?? 0);
}

function line(at: number): string {
  return `t TXT "${at}"`;
}

function told(muster: Program, words: RegExp): Promise<void> {
  return wait(muster, `the story says ${words.source}`, async () => words.test(muster.output));
}

async function zoneTrouble(muster: Program): Promise<string | null> {
  return (await muster.status()).zones.find(({ origin }) => origin === "example.org")?.trouble ?? null;
}

/** What each prints when it is asked for differences. NSD makes them only of what it was itself given as such. */
const printedOfDifferences: Readonly<Record<PrimaryName, RegExp>> = {
  bind: /IXFR started/,
  knot: /IXFR, outgoing.* started/,
  nsd: /(?:)/,
  powerdns: /IXFR fallback to AXFR/,
};

describe.each(primaryNames)("a zone taken from %s", (name) => {
  test.each([
    ["without a key", null],
    ["signed", key.secret],
  ])("M3 is served with pools over it, and follows NOTIFY (%s)", async (_title, secret) => {
    const { muster, primary } = await start(name, primaryZone(7, [line(7), "www CNAME static"]), secret);
    expect(await texts(muster, "t.example.org")).toBe('"7"');
    expect(await muster.addresses("static.example.org")).toBe("192.0.2.1");
    await muster.answers("www.example.org", "192.0.2.99");
    for (let at = 8; at < 12; at++) {
      const before = await serial(muster);
      await primary.change(
        primaryZone(at, [
          line(at),
          at % 2 === 0 ? "www A 192.0.2.201" : "www CNAME static",
          `only${at} A 192.0.2.${at}`,
        ]),
      );
      await wait(
        muster,
        `the change to ${at} is served`,
        async () => (await texts(muster, "t.example.org")) === `"${at}"`,
      );
      expect(await muster.addresses(`only${at}.example.org`)).toBe(`192.0.2.${at}`);
      expect((await muster.ask(`only${at - 1}.example.org`)).rcode).toBe(3);
      expect(await muster.addresses("www.example.org")).toBe("192.0.2.99");
      expect(await serial(muster)).toBeGreaterThan(before);
    }
    expect(muster.output).not.toMatch(/cannot be|error/i);
    expect(primary.printed).toMatch(printedOfDifferences[name]);
  });

  test("P4 is served on, and fails over, while the primary is frozen, gone, and back with a later zone", async () => {
    const { muster, primary } = await start(name, primaryZone(7, [line(7)]));
    primary.signal("SIGSTOP");
    await reloaded(muster);
    await told(muster, /zone example\.org cannot be refreshed: .* no answer within .* serial 7 is served on/);
    expect(await zoneTrouble(muster)).toContain("cannot be refreshed");
    expect(await texts(muster, "t.example.org")).toBe('"7"');
    primary.signal("SIGCONT");
    await told(muster, /zone example\.org is well again/);
    expect(await zoneTrouble(muster)).toBeNull();
    await primary.stop();
    await reloaded(muster);
    await told(muster, /cannot be refreshed: .* nothing listens/);
    expect(await texts(muster, "t.example.org")).toBe('"7"');
    const member = await openMember();
    await muster.answers("www.example.org", "127.0.0.10");
    member.close();
    await muster.answers("www.example.org", "192.0.2.99");
    await primary.run(primaryZone(8, [line(8)]));
    await wait(muster, "the later zone is served", async () => (await texts(muster, "t.example.org")) === '"8"');
  });
});

/** Reads the configuration again, and so looks at the primaries. */
async function reloaded(muster: Program): Promise<void> {
  const { code, err, out } = muster.cli("reload");
  expect(code, out + err).toBe(0);
}

test("P4 the last good copy is served after kill -9 with the primary gone, with its pools and marked", async () => {
  const { muster, primary } = await start(
    "bind",
    primaryZone(7, [line(7), 'odd TXT "\\000\\255;\\"q" x', "*.w A 192.0.2.7"]),
  );
  const folder = join(muster.folder, "state.sqlite.zones");
  await wait(muster, "the copy is written", async () => existsSync(join(folder, "example.org.zone")));
  await primary.stop();
  await muster.kill();
  await muster.launch();
  expect(await texts(muster, "t.example.org")).toBe('"7"');
  expect(await texts(muster, "odd.example.org")).toBe('"\\000\\255;\\"q" "x"');
  expect(await muster.addresses("any.w.example.org")).toBe("192.0.2.7");
  await muster.answers("www.example.org", "192.0.2.99");
  await told(muster, /cannot be refreshed: .* nothing listens .* serial 7 is served on/);
  expect(await zoneTrouble(muster)).toContain("serial 7 is served on");
  await primary.run(primaryZone(8, [line(8)]));
  await wait(muster, "the zone is followed", async () => (await texts(muster, "t.example.org")) === '"8"');
  // The copy of what has just come may be on its way.
  await wait(muster, "nothing else is left", async () => readdirSync(folder).join() === "example.org.zone");
});

test("a damaged copy is told of and passed over", async () => {
  const { muster, primary } = await start("nsd", primaryZone(7, [line(7)]));
  const copy = join(muster.folder, "state.sqlite.zones", "example.org.zone");
  await wait(muster, "the copy is written", async () => existsSync(copy));
  await muster.kill();
  writeFileSync(copy, readFileSync(copy, "latin1").replace("192.0.2.1", "192.0.2.2"));
  await muster.launch();
  await told(muster, /the copy of zone example\.org is not used: .* its hash differs/);
  expect(await muster.addresses("static.example.org")).toBe("192.0.2.1");
  await primary.stop();
});

test("a primary that was wiped and counts from the start is told of, and taken after a reload", async () => {
  const { muster, primary } = await start("knot", primaryZone(700, [line(700)]));
  await primary.close();
  const notify = { address: "127.0.0.1", port: muster.dnsPort };
  const wiped = await Primary.start("bind", { zone: primaryZone(5, [line(5)]), notify });
  closes.push(() => wiped.close());
  muster.configure(configFor(wiped, null));
  muster.signal("SIGHUP");
  await told(muster, /was the configuration|configuration read again/);
  await wait(muster, "the older zone is served", async () => (await texts(muster, "t.example.org")) === '"5"');
});

test.each(primaryNames)(
  "P5 a wrong secret is refused by %s, and its NOTIFY here, told, and hurts nothing; the right one is taken at a reload",
  async (name) => {
    const { muster, primary } = await start(name, primaryZone(7, [line(7)]), otherSecret);
    const said = name === "powerdns" ? /it answers NOTAUTH without a signature/ : /BADSIG: its secret for this key/;
    await told(muster, new RegExp(`zone example\\.org cannot be taken yet: .*${said.source}`));
    await primary.change(primaryZone(8, [line(8)]));
    await told(muster, /signed message from 127\.0\.0\.1 was refused: .*the secrets differ/);
    expect((await muster.ask("t.example.org", "TXT")).answers).toEqual([]);
    writeFileSync(join(muster.folder, "key"), `${key.secret}\n`, { mode: 0o600 });
    await reloaded(muster);
    await wait(muster, "the zone is served", async () => (await texts(muster, "t.example.org")) === '"8"');
    expect((await muster.ask("static.example.org")).answers.map(({ rdata }) => rdataAddress(rdata))).toEqual([
      "192.0.2.1",
    ]);
  },
);
