/**
 * A new problem is looked at again after a set wait before anyone acts: a pair of real web servers, of which one stops, and
 * one freezes and goes on. Instants are those of muster's own story, so that a busy machine cannot fail the test.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HistoryEvent } from "../../src/core/model.ts";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const www = "www.example.org";
const [one, two] = ["127.0.0.2", "127.0.0.3"];
const waitMs = 4_000;
/** Timers may ring so much early. */
const slackMs = 5;
let first: WebServer;
let second: WebServer;
let program: Program;

beforeAll(async () => {
  const port = await freePort("0.0.0.0");
  first = await WebServer.start(one, port);
  second = await WebServer.start(two, port);
  program = await Program.start(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s } }
placement: off
defaults: { interval: 200ms, timeout: 400ms, fall: 2, confirm: ${waitMs}ms }
pools:
  ${www}:
    policy: priority
    check: { http: { port: ${port}, path: / } }
    members: [{ address: ${one}, priority: 1 }, { address: ${two}, priority: 2 }]
`);
  await program.answers(www, one);
});

afterAll(async () => {
  await program?.close();
  await first?.close();
  await second?.close();
});

async function story(): Promise<readonly HistoryEvent[]> {
  const response = await fetch(`${program.api}/api/v1/events?limit=500`);
  return ((await response.json()) as { events: readonly HistoryEvent[] }).events;
}

/** The first event after `id` of which one of these is true. */
async function happens(after: number, rule: string, words = ""): Promise<HistoryEvent> {
  return until(`${rule} ${words}`, async () => {
    const found = (await story()).find(
      (event) => event.id > after && event.rule === rule && event.sentence.includes(words),
    );
    return found ?? null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${program.output}`);
  });
}

test("T3 T11 a server that freezes for a moment is looked at again after the wait, is well, and nobody has acted", async () => {
  const before = (await story()).at(-1)?.id ?? 0;
  first.freeze();
  const suspected = await happens(before, "health/suspect", one);
  first.thaw();
  await happens(suspected.id, "health/clear", one);
  const since = (await story()).filter(({ id }) => id > before);
  expect(since.map(({ rule }) => rule)).toEqual(["health/suspect", "health/clear"]);
  expect(await program.addresses(www)).toBe(one);
});

test("T3 T11 a server that stops: the other one takes over after the second look, and not before", async () => {
  const before = (await story()).at(-1)?.id ?? 0;
  await first.stop();
  const suspected = await happens(before, "health/suspect", one);
  const down = await happens(suspected.id, "health/fall", one);
  const taken = await happens(suspected.id, "pool/priority", two);
  expect(down.at - suspected.at).toBeGreaterThanOrEqual(waitMs - slackMs);
  expect(taken.at - suspected.at).toBeGreaterThanOrEqual(waitMs - slackMs);
  expect(down.sentence).toContain("(2 bad probes in a row)");
  await program.answers(www, two);
});
