/** The program with real named, knotd, nsd and pdns_server as its secondaries: told, watched, proved and audited. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NameserverView } from "../../src/core/view.ts";
import { rdataAddress } from "../../src/dns/rdata/index.ts";
import { freePort } from "../fakes/free-port.ts";
import type { Daemon } from "../interop/daemon.ts";
import { ask } from "../interop/dns-client.ts";
import { notifyKey, secondaryKinds, startSecondary } from "../interop/zone-cast.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const addresses = ["127.0.4.1", "127.0.4.2"] as const;
const [one, two] = addresses;
const www = "www.example.org";

let web: WebServer[];
let program: Program;
let daemons: Daemon[];

function config(port: number): string {
  writeFileSync(join(program.folder, "transfer.key"), notifyKey.secret);
  const peers = daemons.map(({ endpoint }) => `{ address: 127.0.0.1, port: ${endpoint.port}, key: ${notifyKey.name} }`);
  const nameservers = daemons.map(
    ({ endpoint }, i) => `{ name: ns${i + 1}.example.net, address: "127.0.0.1:${endpoint.port}" }`,
  );
  return `
keys: { ${notifyKey.name}: { algorithm: ${notifyKey.algorithm}, secret: { file: transfer.key } } }
audit: { interval: 10s, lag: 1s }
zones:
  example.org:
    nameservers: [${nameservers.join(", ")}]
    ttl: 2s
    ttl-min: 1s
    transfer: { to: [${peers.join(", ")}], allow: [127.0.0.0/8] }
pools:
  ${www}:
    check: { http: { port: ${port}, path: /, status: 200, body: Welcome }, interval: 500ms }
    members: [${addresses.join(", ")}]
`;
}

beforeAll(async () => {
  const port = await freePort("0.0.0.0");
  web = await Promise.all(addresses.map((address) => WebServer.start(address, port)));
  program = await Program.prepare("");
  const primary = { address: "127.0.0.1", port: program.dnsPort };
  daemons = await Promise.all(secondaryKinds.map((kind) => startSecondary(kind, primary, "answer")));
  program.configure(config(port));
  await program.launch();
});

afterAll(async () => {
  await program.close();
  for (const daemon of daemons) await daemon.stop();
  for (const each of web) await each.close();
});

async function addressesAt({ endpoint }: Daemon): Promise<string> {
  const { answers } = await ask(endpoint, { name: www, type: "A" });
  return answers
    .map(({ rdata }) => rdataAddress(rdata))
    .toSorted()
    .join(" ");
}

/** Waits until every secondary answers with these addresses and nothing else. */
function served(wanted: string): Promise<true> {
  return until(`every secondary answers ${wanted}\n${program.output}`, async () => {
    const found = await Promise.all(daemons.map(addressesAt));
    return found.every((one) => one === wanted) ? true : null;
  });
}

function watched(isFound: (views: readonly NameserverView[]) => boolean): Promise<readonly NameserverView[]> {
  return until(`the nameservers are as they should be\n${program.output}`, async () => {
    const { nameservers } = await program.status();
    return isFound(nameservers) ? nameservers : null;
  });
}

test("M3 M9 a failover reaches named, knotd, nsd and pdns_server, and each is proved to serve it", async () => {
  await served(`${one} ${two}`);
  await web[0]?.stop();
  await served(two);
  const views = await watched((all) => all.length >= 4 && all.every(({ state }) => state === "in-step"));
  const { zones } = await program.status();
  for (const { delays, serial } of views) {
    expect(serial).toBe(zones[0]?.serial);
    expect(delays.count).toBeGreaterThan(0);
  }
  const { code, out } = program.cli("audit", "example.org");
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("(from the controller)") });
  await web[0]?.run();
  await served(`${one} ${two}`);
});

test("M12 a frozen nameserver raises an alarm and is told again; resumed, it is well", async () => {
  const frozen = daemons[1];
  frozen?.freeze();
  await web[1]?.stop();
  const name = "ns2.example.net";
  await watched((all) => all.some((view) => view.name === name && view.state === "unreachable"));
  await until("the alarm is in the story", () => (program.output.includes(`${name} (127.0.0.1:`) ? true : null));
  expect(program.cli("audit", "example.org").code).toBe(1);
  frozen?.resume();
  await watched((all) => all.every(({ state }) => state === "in-step"));
  await until("it is told that all is well", () => (program.output.includes("is well again") ? true : null));
  await served(one);
});
