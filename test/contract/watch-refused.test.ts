/** A watcher and an agent that the controller has refused leave everybody alone, and begin again when they are wanted again. */
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentConfig } from "../../src/core/agent.ts";
import { fixtureCheck } from "../../src/core/fixtures.ts";
import type { Target, WatcherConfig } from "../../src/core/model.ts";
import { runAgent } from "../../src/io/agent/run-agent.ts";
import { makeToken, openAuthority, readToken } from "../../src/io/watch/authority.ts";
import type { Identity } from "../../src/io/watch/identity.ts";
import { enrolAt } from "../../src/io/watch/link.ts";
import { runWatcher } from "../../src/io/watch/run-watcher.ts";
import { openWatchServer, type WatchServer } from "../../src/io/watch/server.ts";
import type { StayingOptions } from "../../src/io/watch/staying.ts";
import type { Log } from "../../src/ports/log.ts";
import { until } from "../e2e/parts/wait.ts";
import { silentLog } from "../fakes/silent-log.ts";

let folder: string;
let server: WatchServer;
let member: Server;
let probes: number;
let refusals: number;
let target: Target;

const fra: WatcherConfig = { name: "fra", votes: true, references: [] };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "muster-refused-"));
  server = await openWatchServer({ listen: { address: "127.0.0.1", port: 0 }, folder: join(folder, "authority") });
  [probes, refusals] = [0, 0];
  member = createServer((socket) => {
    probes += 1;
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => member.listen(0, "127.0.0.1", resolve));
  const { port } = member.address() as AddressInfo;
  const probe = { kind: "tcp", port, send: null, expect: null, replyBytesMax: 1024 } as const;
  const check = fixtureCheck({ probe, intervalMs: 20, tripwire: false, freshEvery: 1 });
  target = { id: "t", address: "127.0.0.1", family: 4, check };
});

afterEach(async () => {
  await server.close();
  await new Promise((resolve) => member.close(resolve));
  rmSync(folder, { recursive: true });
});

function wanted(): Parameters<WatchServer["assign"]>[0] {
  const proofs = [{ name: "page", target }];
  const web1: AgentConfig = {
    name: "web1",
    addresses: ["127.0.0.1"],
    proofs,
    mounts: [],
    reaches: [],
    silentMs: 12_000,
  };
  return { agents: [web1], watchers: [fra], targets: [target] };
}

async function enrolled(name: string, noun: "agent" | "watcher"): Promise<Identity> {
  const token = readToken(await makeToken(await openAuthority(join(folder, "authority")), { name, noun }));
  if (token === null) throw new Error("no token");
  return enrolAt({ host: "127.0.0.1", port: server.endpoint.port }, token);
}

function probedAgain(): Promise<unknown> {
  const before = probes;
  return until("the member is probed", () => (probes > before + 3 ? true : null));
}

test.each<["agent" | "watcher", string, (identity: Identity, options: StayingOptions) => Promise<void>]>([
  ["watcher", "fra", runWatcher],
  ["agent", "web1", (identity, options) => runAgent(identity, { ...options, secrets: new Map() })],
])("P9 W9 a refused %s looks at nobody until it is wanted again", async (noun, name, run) => {
  server.assign(wanted());
  const identity = await enrolled(name, noun);
  const end = new AbortController();
  const warn: Log["warn"] = (sentence) => {
    if (sentence.includes("it refuses")) refusals += 1;
  };
  const controller = { host: "127.0.0.1", port: server.endpoint.port };
  const log = { ...silentLog, warn };
  const running = run(identity, { controller, folder, token: null, log, signal: end.signal });
  await probedAgain();
  server.assign({ agents: [], watchers: [], targets: [] });
  // Between two refusals is a pause of many intervals.
  await until("it is refused", () => (refusals >= 2 ? true : null));
  const before = probes;
  await until("it is refused again", () => (refusals >= 3 ? true : null));
  expect(probes).toBe(before);
  server.assign(wanted());
  await probedAgain();
  end.abort();
  await running;
});
