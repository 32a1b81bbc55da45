/**
 * What every prober promises, whatever its world is made of. The suite runs over real sockets and over the simulated
 * network alike; each brings a world with servers that can be stopped and frozen, and a way to let time pass.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CheckConfig, HttpProbe, Target } from "../../src/core/model.ts";
import type { Prober, Verdict } from "../../src/ports/prober.ts";

/** A web server: answers `GET /` with 200 and keeps connections. */
export interface ProberServer {
  readonly address: string;
  readonly port: number;
  /** Connections accepted so far. */
  accepted(): number;
  /** Connections open now. */
  open(): number;
  /** The process dies: its port refuses and its connections close. */
  stop(): Promise<void>;
  /** Connections are accepted and kept, nothing is answered any more. */
  freeze(): void;
}

export interface ProberWorld {
  readonly prober: Prober;
  startServer(): Promise<ProberServer>;
  /** Lets time pass until `isDone`, or throws after `limitMs`. */
  until(isDone: () => boolean, limitMs: number): Promise<void>;
  close(): Promise<void>;
}

const waitMsMax = 30_000;
const timeoutMs = 400;
/** Timers count whole milliseconds from when the loop last looked at the clock. */
const timerSlackMs = 10;

export const defaultProbe: HttpProbe = {
  kind: "http",
  method: "GET",
  port: 80,
  tls: null,
  host: "www.example.org",
  path: "/",
  headers: {},
  status: [{ from: 200, to: 200 }],
  body: null,
  bodyBytesMax: 65_536,
  redirectsMax: 0,
};

export function targetAt(server: { address: string; port: number }, changes: Partial<CheckConfig> = {}): Target {
  const check: CheckConfig = {
    probe: { ...defaultProbe, port: server.port },
    intervalMs: 1_000,
    timeout: { kind: "fixed", ms: timeoutMs },
    rise: 1,
    fall: 1,
    confirmMs: 30,
    suspectMs: 100,
    tripwire: true,
    freshEvery: 5,
    flapping: { kind: "off" },
    ...changes,
  };
  const family = server.address.includes(":") ? 6 : 4;
  return { id: `${server.address} ${JSON.stringify(check)}`, address: server.address, family, check };
}

export function proberContract(name: string, setup: () => Promise<ProberWorld>): void {
  describe(`prober contract: ${name}`, () => {
    let world: ProberWorld;
    let server: ProberServer;
    beforeEach(async () => {
      world = await setup();
      server = await world.startServer();
    });
    afterEach(() => world.close());

    async function probe(target: Target, fresh = true): Promise<Verdict> {
      const verdicts: Verdict[] = [];
      world.prober.start({ target, timeoutMs, fresh }, (verdict) => verdicts.push(verdict));
      await world.until(() => verdicts.length > 0, waitMsMax);
      const [verdict] = verdicts;
      if (verdict === undefined) throw new Error("the world said that a verdict is there");
      return verdict;
    }

    test("a good server is up, exactly once and never before start returns", async () => {
      const verdicts: Verdict[] = [];
      world.prober.start({ target: targetAt(server), timeoutMs, fresh: true }, (verdict) => verdicts.push(verdict));
      expect(verdicts).toEqual([]);
      await world.until(() => verdicts.length > 0, waitMsMax);
      await probe(targetAt(server));
      expect(verdicts).toHaveLength(1);
      expect(verdicts[0]).toMatchObject({ kind: "up" });
    });

    test("a stopped server is down at once with a reason", async () => {
      await server.stop();
      expect(await probe(targetAt(server))).toMatchObject({
        kind: "down",
        reason: "connection refused",
        fault: "refused",
      });
    });

    test("a frozen server is down after the timeout, on a new and on a kept connection", async () => {
      const target = targetAt(server);
      await probe(target);
      server.freeze();
      for (const fresh of [false, true]) {
        const verdict = await probe(target, fresh);
        expect(verdict).toMatchObject({ kind: "down", reason: `no answer within ${timeoutMs} ms` });
        expect(verdict.tookMs).toBeGreaterThan(timeoutMs - timerSlackMs);
      }
    });

    test("a cancelled probe never delivers; cancelling again or later does nothing", async () => {
      server.freeze();
      const verdicts: Verdict[] = [];
      const request = { target: targetAt(server), timeoutMs, fresh: true };
      const cancel = world.prober.start(request, (verdict) => verdicts.push(verdict));
      cancel();
      cancel();
      await probe(targetAt(server));
      expect(verdicts).toEqual([]);
      cancel();
    });

    test("cancelling after the verdict does nothing", async () => {
      const verdicts: Verdict[] = [];
      const request = { target: targetAt(server), timeoutMs, fresh: true };
      const cancel = world.prober.start(request, (verdict) => verdicts.push(verdict));
      await world.until(() => verdicts.length > 0, waitMsMax);
      cancel();
      expect(await probe(targetAt(server), false)).toMatchObject({ kind: "up" });
      expect(verdicts).toHaveLength(1);
    });

    test("a kept connection carries probes that need not be fresh", async () => {
      const target = targetAt(server);
      for (const fresh of [true, false, false, true, false]) await probe(target, fresh);
      expect(server.accepted()).toBe(2);
    });

    test("two probes of one target at the same time each get a verdict", async () => {
      const verdicts: Verdict[] = [];
      const request = { target: targetAt(server), timeoutMs, fresh: false };
      for (let i = 0; i < 2; i++) world.prober.start(request, (verdict) => verdicts.push(verdict));
      await world.until(() => verdicts.length === 2, waitMsMax);
      expect(verdicts.map(({ kind }) => kind)).toEqual(["up", "up"]);
    });

    test("the tripwire tells once when the member closes", async () => {
      const trips: string[] = [];
      world.prober.onTrip((targetId) => trips.push(targetId));
      const target = targetAt(server);
      await probe(target);
      await server.stop();
      await world.until(() => trips.length > 0, waitMsMax);
      expect(await probe(target, false)).toMatchObject({ kind: "down" });
      expect(trips).toEqual([target.id]);
    });

    test("without a tripwire nobody is told, and a probe finds out by itself", async () => {
      const trips: string[] = [];
      world.prober.onTrip((targetId) => trips.push(targetId));
      const target = targetAt(server, { tripwire: false });
      await probe(target);
      await server.stop();
      expect(await probe(target, false)).toMatchObject({
        kind: "down",
        reason: "connection refused",
        fault: "refused",
      });
      expect(trips).toEqual([]);
    });

    test("forget closes what is kept, without a trip", async () => {
      const trips: string[] = [];
      world.prober.onTrip((targetId) => trips.push(targetId));
      const target = targetAt(server);
      await probe(target);
      expect(server.open()).toBe(1);
      world.prober.forget(target.id);
      await world.until(() => server.open() === 0, waitMsMax);
      expect(trips).toEqual([]);
      expect(await probe(target, false)).toMatchObject({ kind: "up" });
    });

    test("close cancels what runs and closes every connection", async () => {
      await probe(targetAt(server));
      server.freeze();
      const verdicts: Verdict[] = [];
      const request = { target: targetAt(server), timeoutMs, fresh: true };
      world.prober.start(request, (verdict) => verdicts.push(verdict));
      await world.prober.close();
      await world.until(() => server.open() === 0, waitMsMax);
      expect(verdicts).toEqual([]);
    });
  });
}
