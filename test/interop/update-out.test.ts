/** Updates to real primaries side by side, which fail in every way that primaries do, in the middle of changes. */
import { afterEach, describe, expect, test } from "vitest";
import { wall } from "../../src/base/time.ts";
import type { Endpoint, KeyConfig } from "../../src/core/model.ts";
import type { OutletView } from "../../src/core/view.ts";
import { rcode } from "../../src/dns/message.ts";
import { createClock } from "../../src/io/clock.ts";
import { readUpdateAnswer } from "../../src/io/publish/update/answers.ts";
import { Exchange } from "../../src/io/publish/update/exchange.ts";
import { createUpdateOutlet } from "../../src/io/publish/update/update-outlet.ts";
import { encodeUpdate } from "../../src/dns/update/encode.ts";
import { textName } from "../../src/dns/name.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Log } from "../../src/ports/log.ts";
import type { Outlet } from "../../src/ports/outlet.ts";
import type { UpdateOutletLimits } from "../../src/roles/update-outlet-limits.ts";
import { setOf, untilInStep, Wanting } from "../contract/outlet.contract.ts";
import { until } from "../e2e/parts/wait.ts";
import { freePort } from "../fakes/free-port.ts";
import { startRealServer } from "./dns-servers.ts";
import {
  startUpdatable,
  type UpdatableName,
  updatableNames,
  updateKey,
  updateKeys,
  updateZone,
  type UpdatableServer,
} from "./update-servers.ts";

const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

async function start(name: UpdatableName, policy: { readonly onlyA?: boolean } = {}): Promise<UpdatableServer> {
  const server = await startUpdatable(name, policy);
  closes.push(() => server.close());
  return server;
}

interface Told {
  readonly outlet: Outlet;
  readonly sentences: string[];
  readonly views: OutletView[];
}

interface Changes {
  readonly zone?: string;
  readonly key?: KeyConfig | null;
  readonly clock?: Clock;
  readonly limits?: Partial<UpdateOutletLimits>;
  readonly port?: number;
}

function open(server: { readonly endpoint: Endpoint }, changes: Changes = {}): Told {
  const sentences: string[] = [];
  const views: OutletView[] = [];
  const say = (sentence: string): void => void sentences.push(sentence);
  const log: Log = { debug: say, info: say, warn: say, error: say };
  const key = changes.key === undefined ? updateKey : changes.key;
  const outlet = createUpdateOutlet({
    zone: changes.zone ?? "example.org",
    server: { ...server.endpoint, port: changes.port ?? server.endpoint.port, key: key?.name ?? null },
    key,
    clock: changes.clock ?? createClock(),
    log,
    onChange: (view) => views.push(view),
    signal: new AbortController().signal,
    limits: changes.limits ?? {},
  });
  closes.push(() => outlet.close());
  return { outlet, sentences, views };
}

const www = (host: number) => setOf("www", "A", [`192.0.2.${host}`]);

async function untilServed(server: UpdatableServer, name: string, record: string): Promise<void> {
  await until(`${server.name} serves ${name} ${record}`, async () => {
    const records = await server.records(`${name}.example.org`, "A").catch(() => []);
    return (records.length === 1 && records[0]?.endsWith(` ${record}`)) || null;
  });
}

async function untilState(outlet: Outlet, state: OutletView["state"]): Promise<OutletView> {
  return until(`${outlet.view().name} is ${state}`, () => (outlet.view().state === state ? outlet.view() : null));
}

const pairs: readonly (readonly [UpdatableName, UpdatableName])[] = [
  ["bind", "bind"],
  ["knot", "powerdns"],
];

test("what the policy of BIND declines is named, and holds up nothing else", async () => {
  const server = await start("bind", { onlyA: true });
  const { outlet } = open(server);
  const wanting = new Wanting([outlet]);
  wanting.want(www(1), setOf("mail", "A", ["192.0.2.25"]), setOf("api", "TXT", ["declined"]));
  await untilServed(server, "www", "192.0.2.1");
  await untilServed(server, "mail", "192.0.2.25");
  expect((await untilState(outlet, "refused")).reason).toMatch(/^api\.example\.org\.: TXT is not taken: /);
  wanting.want(www(2));
  await untilServed(server, "www", "192.0.2.2");
});

test("more records of one name than BIND takes are named with the limit, and hold up nothing else", async () => {
  const server = await start("bind");
  const { outlet } = open(server);
  const wanting = new Wanting([outlet]);
  const many = Array.from({ length: 101 }, (_, at) => `198.51.100.${at}`);
  wanting.want(www(1), setOf("mail", "A", ["192.0.2.25"]), setOf("many", "A", many));
  await untilServed(server, "www", "192.0.2.1");
  await untilServed(server, "mail", "192.0.2.25");
  expect((await untilState(outlet, "refused")).reason).toMatch(
    /^many\.example\.org\.: A is not taken: it answers SERVFAIL to an update: .*`max-records-per-type`/,
  );
  wanting.want(www(2));
  await untilServed(server, "www", "192.0.2.2");
});

describe.each(pairs)("%s beside %s", (first, second) => {
  async function openBoth() {
    const [one, two] = await Promise.all([start(first), start(second)]);
    const [to1, to2] = [open(one), open(two)];
    const wanting = new Wanting([to1.outlet, to2.outlet]);
    wanting.want(www(1), setOf("mail", "A", ["192.0.2.25"]));
    await Promise.all([untilInStep(to1.outlet, 1), untilInStep(to2.outlet, 1)]);
    return { one, two, to1, to2, wanting };
  }

  test("P4 one that is stopped holds up nobody, and gets what it missed when it is back", async () => {
    const { one, two, to1, to2, wanting } = await openBoth();
    await one.stop();
    for (let host = 2; host <= 5; host++) {
      wanting.want(www(host));
      await untilInStep(to2.outlet, wanting.serial);
      expect(await two.records("www.example.org", "A")).toEqual([`60 192.0.2.${host}`]);
    }
    expect(await untilState(to1.outlet, "unreachable")).toMatchObject({ serial: 1 });
    await one.start();
    await untilInStep(to1.outlet, wanting.serial);
    expect(await one.records("www.example.org", "A")).toEqual(["60 192.0.2.5"]);
    expect(to1.sentences.filter((sentence) => sentence.includes("though muster knew"))).toEqual([]);
    expect(to1.sentences[0]).toContain(`nothing listens on port ${one.endpoint.port} of 127.0.0.1`);
    expect(to1.sentences[0]).toContain("it is asked again, and gets what it missed");
    expect(to1.sentences.at(-1)).toContain("it is in step again");
  });

  test("P4 one that is frozen holds up nobody; a request that it takes late is not served over a newer one", async () => {
    const { one, two, to1, to2, wanting } = await openBoth();
    one.freeze();
    wanting.want(www(2));
    await untilServed(two, "www", "192.0.2.2");
    await untilState(to1.outlet, "unreachable");
    wanting.want(www(3));
    await untilInStep(to2.outlet, wanting.serial);
    one.thaw();
    await untilInStep(to1.outlet, wanting.serial);
    expect(await one.records("www.example.org", "A")).toEqual(["60 192.0.2.3"]);
  });

  test("P4 one that is wiped back to an old zone in the middle of changes is told of and made whole", async () => {
    const { one, to1, to2, wanting } = await openBoth();
    wanting.want(www(2));
    await untilInStep(to1.outlet, 2);
    await one.wipe();
    wanting.want(www(3));
    await untilInStep(to2.outlet, 3);
    await one.start();
    await untilInStep(to1.outlet, 3);
    expect(await one.records("www.example.org", "A")).toEqual(["60 192.0.2.3"]);
    expect(await one.records("mail.example.org", "A")).toEqual(["60 192.0.2.25"]);
    expect(to1.sentences.join("\n")).toContain(
      "mail.example.org. A is nothing there, though muster knew 192.0.2.25 (TTL 60)",
    );
  });

  test("P4 restarts in the middle of a stream of changes lose nothing", async () => {
    const { one, two, to1, to2, wanting } = await openBoth();
    let host = 1;
    const stream = setInterval(() => wanting.want(www((host++ % 250) + 1)), 5);
    closes.push(async () => clearInterval(stream));
    for (const server of [one, two, one]) {
      await server.stop();
      await server.start();
    }
    clearInterval(stream);
    wanting.want(www(254));
    for (const [server, to] of [
      [one, to1],
      [two, to2],
    ] as const) {
      await untilInStep(to.outlet, wanting.serial);
      expect(await server.records("www.example.org", "A")).toEqual(["60 192.0.2.254"]);
    }
  });
});

describe.each(updatableNames)("%s", (name) => {
  test("a foreign writer that changes a managed record is seen, told and mended; other records stay", async () => {
    const server = await start(name);
    const { outlet, sentences, views } = open(server, { limits: { compareMs: 300 } });
    const wanting = new Wanting([outlet]);
    wanting.want(www(1));
    await untilInStep(outlet, 1);
    await server.nsupdate(
      "update delete www.example.org A",
      "update add www.example.org 60 A 192.0.2.66",
      "update add www.example.org 60 TXT beside",
      "update add other.example.org 60 A 192.0.2.67",
    );
    await until("it is told", () => sentences.find((sentence) => sentence.includes("though muster knew")) ?? null);
    await untilServed(server, "www", "192.0.2.1");
    await untilInStep(outlet, 1);
    expect(sentences[0]).toBe(
      `update 127.0.0.1:${server.endpoint.port}: zone example.org: www.example.org. A is 192.0.2.66 (TTL 60) there, ` +
        "though muster knew 192.0.2.1 (TTL 60); it is set to 192.0.2.1 (TTL 60) again",
    );
    expect(views.some((view) => view.state === "behind" && view.reason.includes("192.0.2.66"))).toBe(true);
    expect(await server.records("www.example.org", "TXT")).toEqual(['60 "beside"']);
    expect(await server.records("other.example.org", "A")).toEqual(["60 192.0.2.67"]);
    expect(await server.records("foreign.example.org", "A")).toEqual(["3600 192.0.2.99"]);
  });

  test("a foreign writer between two changes is found by the prerequisite, before any comparison", async () => {
    const server = await start(name);
    const { outlet, sentences } = open(server, { limits: { recheckMs: 60_000 } });
    const wanting = new Wanting([outlet]);
    wanting.want(www(1));
    await untilInStep(outlet, 1);
    await server.nsupdate("update delete www.example.org A", "update add www.example.org 60 A 192.0.2.66");
    wanting.want(www(2));
    await untilInStep(outlet, 2);
    expect(await server.records("www.example.org", "A")).toEqual(["60 192.0.2.2"]);
    expect(sentences[0]).toContain("www.example.org. A is 192.0.2.66 (TTL 60) there, though muster knew 192.0.2.1");
  });

  test("P4 what an old controller sent to a frozen server is not served over what its successor wants", async () => {
    const server = await start(name);
    const [old, next] = [open(server), open(server)];
    const wanting = new Wanting([old.outlet]);
    wanting.want(www(1));
    await untilInStep(old.outlet, 1);
    server.freeze();
    wanting.want(www(2));
    await old.outlet.close();
    new Wanting([next.outlet]).want(www(3));
    await untilState(next.outlet, "unreachable");
    server.thaw();
    await untilInStep(next.outlet, 1);
    await untilServed(server, "www", "192.0.2.3");
  });

  test("P5 updates are taken with each algorithm's key", async () => {
    const server = await start(name);
    for (const [at, key] of updateKeys.entries()) {
      const { outlet } = open(server, { key });
      new Wanting([outlet]).want(setOf(`by${at}`, "A", [`192.0.2.${at}`]));
      await untilInStep(outlet, 1);
      expect(await server.records(`by${at}.example.org`, "A")).toEqual([`60 192.0.2.${at}`]);
    }
    expect(new Set(updateKeys.map(({ algorithm }) => algorithm)).size).toBe(3);
  });

  test("P5 without the right key nothing is changed, and the reason is told", async () => {
    const server = await start(name);
    const other = Buffer.from("another secret of the same name.").toString("base64");
    const wrong: readonly [KeyConfig | null, RegExp][] = [
      [{ ...updateKey, secret: other }, /BADSIG|NOTAUTH|REFUSED|signature/],
      [{ ...updateKey, name: "nobody-knows-it" }, /BADKEY|NOTAUTH|REFUSED|signature/],
      [{ ...updateKey, algorithm: "hmac-sha512" }, /BADKEY|NOTAUTH|REFUSED|signature/],
      [null, /REFUSED|NOTAUTH/],
    ];
    for (const [key, reason] of wrong) {
      const { outlet } = open(server, { key });
      new Wanting([outlet]).want(www(1));
      expect((await untilState(outlet, "refused")).reason).toMatch(reason);
    }
    expect(await server.records("www.example.org", "A")).toEqual([]);
  });

  test("P5 clocks that are an hour apart are told of, and no update is lost when they agree again", async () => {
    const server = await start(name);
    let skewMs = 3_600_000;
    const real = createClock();
    const clock: Clock = { now: () => ({ mono: real.now().mono, wall: wall(real.now().wall + skewMs) }) };
    const { outlet } = open(server, { clock });
    new Wanting([outlet]).want(www(1));
    expect((await untilState(outlet, "refused")).reason).toMatch(/BADTIME|REFUSED|NOTAUTH|signature|signed/);
    skewMs = 0;
    await untilInStep(outlet, 1);
    expect(await server.records("www.example.org", "A")).toEqual(["60 192.0.2.1"]);
  });

  test("a zone that is not there is told of", async () => {
    const server = await start(name);
    const { outlet } = open(server, { zone: "elsewhere.example" });
    const set = { ...www(1), owner: textName("www.elsewhere.example") };
    new Wanting([outlet], textName("elsewhere.example")).want(set);
    expect((await untilState(outlet, "refused")).reason).toMatch(
      /^it (answers (REFUSED|NOTAUTH|SERVFAIL)|is not auth)/,
    );
  });

  test("a wildcard over a managed name neither hides nor replaces it", async () => {
    const server = await start(name);
    const { outlet, sentences } = open(server, { limits: { compareMs: 200 } });
    const wanting = new Wanting([outlet]);
    wanting.want(setOf("www.wild", "A", ["192.0.2.1"]), www(1));
    await untilInStep(outlet, 1);
    expect(await server.records("www.wild.example.org", "A")).toEqual(["60 192.0.2.1"]);
    wanting.want(setOf("www.wild", "A", []));
    await untilInStep(outlet, 2);
    expect(await server.records("www.wild.example.org", "A")).toEqual(["3600 192.0.2.77"]);
    expect(await server.records("other.wild.example.org", "A")).toEqual(["3600 192.0.2.77"]);
    expect(sentences.filter((sentence) => sentence.includes("refused"))).toEqual([]);
  });

  test("a name that is an alias or delegated there is refused with the reason; the others are served", async () => {
    const server = await start(name);
    const { outlet } = open(server);
    const wanting = new Wanting([outlet]);
    wanting.want(setOf("alias", "A", ["192.0.2.1"]), www(1));
    await untilServed(server, "www", "192.0.2.1");
    expect((await untilState(outlet, "refused")).reason).toBe(
      "alias.example.org.: it is a CNAME to foreign.example.org. there; remove that",
    );
    await server.nsupdate("update delete alias.example.org CNAME");
    wanting.compare();
    await untilServed(server, "alias", "192.0.2.1");
    wanting.want(setOf("below.cut", "A", ["192.0.2.1"]));
    expect((await untilState(outlet, "refused")).reason).toContain(
      "cut.example.org. is delegated to other servers there",
    );
  });

  test("updates with prerequisites that do not hold, or cannot be read, change nothing", async () => {
    const server = await start(name);
    const exchange = new Exchange({ ...server.endpoint, key: updateKey.name }, updateKey, createClock());
    closes.push(async () => exchange.close());
    const owner = textName("foreign.example.org");
    const send = async (prerequisites: Parameters<typeof encodeUpdate>[0]["prerequisites"]) => {
      const changes = [{ kind: "delete-name", owner }] as const;
      const heard = await exchange.exchange((id) =>
        encodeUpdate({ id, origin: textName("example.org"), prerequisites, changes }),
      );
      if (heard.kind === "failed") throw new Error(heard.reason);
      return { code: heard.message.rcode, cause: readUpdateAnswer(heard.message)?.cause };
    };
    const other = Uint8Array.of(192, 0, 2, 98);
    const cases = [
      [{ kind: "set-exists-with", owner, type: 1, rdata: [other] }, rcode.NXRRSET],
      [{ kind: "set-not-exists", owner, type: 1 }, rcode.YXRRSET],
      [{ kind: "name-not-in-use", owner }, rcode.YXDOMAIN],
      [{ kind: "name-in-use", owner: textName("nothing.example.org") }, rcode.NXDOMAIN],
    ] as const;
    for (const [prerequisite, code] of cases) expect(await send([prerequisite])).toEqual({ code, cause: "stale" });
    const outside = { kind: "set-not-exists", owner: textName("www.example.net"), type: 1 } as const;
    expect(await send([outside])).toMatchObject({ cause: "refused" });
    expect(await server.records("foreign.example.org", "A")).toEqual(["3600 192.0.2.99"]);
  });
});

test("a server that answers SERVFAIL is told of and gets it when it is well again", async () => {
  const server = await start("bind");
  const { outlet } = open(server);
  const wanting = new Wanting([outlet]);
  wanting.want(www(1));
  await untilInStep(outlet, 1);
  await server.wipe();
  server.writeZone("this is no zone file\n");
  await server.start({ broken: true });
  wanting.want(www(2));
  const reason = "it answers SERVFAIL when asked for www.example.org. A";
  await until("it is told", () => (outlet.view().reason === reason ? true : null));
  expect(outlet.view().state).toBe("refused");
  await server.wipe();
  await server.start();
  await untilInStep(outlet, 2);
  expect(await server.records("www.example.org", "A")).toEqual(["60 192.0.2.2"]);
});

test("a port where nothing listens is unreachable", async () => {
  const server = await start("bind");
  const closed = open(server, { port: await freePort() });
  new Wanting([closed.outlet]).want(www(1));
  expect((await untilState(closed.outlet, "unreachable")).reason).toContain("nothing listens on port");
});

test("NSD, which takes no updates, is told of", async () => {
  const server = await startRealServer("nsd", `$ORIGIN example.org.\n${updateZone}`);
  closes.push(() => server.stop());
  const { outlet } = open(server, { key: null });
  new Wanting([outlet]).want(www(1));
  expect((await untilState(outlet, "refused")).reason).toBe("it answers NOTIMP to an update: it takes no updates");
});

test("five thousand names go in requests of limited size, and a comparison finds nothing to do", async () => {
  const server = await start("bind");
  const { outlet, sentences } = open(server, { limits: { compareMs: 500 } });
  const wanting = new Wanting([outlet]);
  const sets = Array.from({ length: 5000 }, (_, i) => setOf(`h${i}`, "A", [`10.0.${i >> 8}.${i & 255}`]));
  wanting.want(...sets);
  await untilInStep(outlet, 1);
  expect(await server.records("h4999.example.org", "A")).toEqual(["60 10.0.19.135"]);
  wanting.want(setOf("h7", "A", ["10.9.9.9"]));
  await untilServed(server, "h7", "10.9.9.9");
  expect(sentences).toEqual([]);
});
