/** A real secondary that answers, and takes no transfers: what people hear of it, and when that is over. */
import { expect, onTestFinished, test } from "vitest";
import { eventsReplySchema } from "../../src/api/contract.ts";
import { freePort } from "../fakes/free-port.ts";
import { Secondary } from "../interop/secondaries.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const [one, two] = ["127.0.6.1", "127.0.6.2"];

test("M12 named that answers with an old serial is told to be behind, and told again when it is well", async () => {
  const port = await freePort("0.0.0.0");
  const first = await WebServer.start(one, port);
  const second = await WebServer.start(two, port);
  const program = await Program.prepare("");
  const primary = { address: "127.0.0.1", port: program.dnsPort };
  const secondary = await Secondary.start("bind", { origin: "example.org", primary });
  for (const close of [() => first.close(), () => second.close(), () => secondary.close(), () => program.close()])
    onTestFinished(close);
  program.configure(`
audit: { interval: 1h, lag: 1s }
zones:
  example.org:
    nameservers: [{ name: ns1.example.net, address: "127.0.0.1:${secondary.endpoint.port}" }]
    transfer: { to: [{ address: 127.0.0.1, port: ${secondary.endpoint.port} }], allow: [127.0.0.0/8] }
pools:
  www.example.org: { check: { tcp: ${port}, interval: 200ms }, members: [${one}, ${two}] }
`);
  await program.launch();
  const isSeen = (state: string) =>
    until(`it is ${state}\n${secondary.log}`, async () => {
      const { nameservers } = await program.status();
      const seen = nameservers.find(({ name }) => name === "ns1.example.net");
      return seen?.state === state && seen.serial !== null ? seen : null;
    });
  const rules = (): readonly string[] =>
    eventsReplySchema
      .parse(JSON.parse(program.cli("events", "--json").out))
      .events.filter(({ rule }) => rule.startsWith("nameserver/"))
      .map(({ rule, sentence }) => `${rule} ${sentence}`);
  const isTold = (pattern: RegExp) =>
    until(`${pattern.source} is told`, () => rules().find((told) => pattern.test(told)) ?? null);
  await isSeen("in-step");

  const dead = await freePort();
  const [right, wrong] = [`port ${primary.port};`, `port ${dead};`];
  await secondary.stop();
  secondary.reconfigure("named.conf", (text) => text.replace(right, wrong));
  secondary.startAgain();
  await first.stop();
  expect(await isTold(/^nameserver\/behind /)).toMatch(/after 1 s: serves serial \d+, and \d+ is published/);
  expect(await isSeen("behind")).toMatchObject({ trouble: true });

  await secondary.stop();
  secondary.reconfigure("named.conf", (text) => text.replace(wrong, right));
  secondary.startAgain();
  expect(await isTold(/^nameserver\/well /)).toContain("is well again");
  await isSeen("in-step");
  const told = rules().map((rule) => rule.split(" ")[0]);
  expect(told.slice(told.indexOf("nameserver/behind")).filter((rule) => rule === "nameserver/well")).toHaveLength(1);
});
