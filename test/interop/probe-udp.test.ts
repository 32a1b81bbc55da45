import { expect, test } from "vitest";
import type { UdpProbe } from "../../src/core/model.ts";
import { freePort } from "../fakes/free-port.ts";
import { startRealServer } from "./dns-servers.ts";
import { makeScene, runProbe, targetOf, wordsOf } from "./probe-scene.ts";
import { serveUdp } from "./probe-udp-server.ts";

const scene = makeScene();
const zone = `$ORIGIN example.org.
$TTL 60
@ SOA ns.example.org. hostmaster.example.org. 7 3600 600 86400 60
@ NS ns
ns A 192.0.2.53
`;
/** A question for the SOA of example.org with the id abcd. */
const question = "abcd01000001000000000000076578616d706c65036f72670000060001";

function udp(port: number, changes: Partial<UdpProbe> = {}): UdpProbe {
  return { kind: "udp", port, sendHex: "70696e67", expectHex: null, ...changes };
}

test("P1 named as a plain UDP service: octets go, and a fragment of the answer is found or missed", async () => {
  const named = await startRealServer("bind", zone);
  scene.after.push(() => named.stop());
  const { port } = named.endpoint;
  const prober = scene.prober();
  const find = async (probe: UdpProbe): Promise<string> => wordsOf(await runProbe(prober, targetOf(probe)));
  expect(await find(udp(port, { sendHex: question, expectHex: "abcd85" }))).toMatch(/^up: answer has /);
  expect(await find(udp(port, { sendHex: question }))).toMatch(/^up: answered \d+ octets$/);
  expect(await find(udp(port, { sendHex: question, expectHex: "ffffff" }))).toMatch(
    /^down: answer '.*' lacks '\.\.\.'$/,
  );
});

test("nobody listens: the machine says so, and the verdict is there long before the timeout", async () => {
  const verdict = await runProbe(scene.prober(), targetOf(udp(await freePort())), 60_000);
  expect(wordsOf(verdict)).toBe("down: nobody listens on this port");
});

test("a silent server is down by the timeout, over IPv6 too, and an address without a route is unknown", async () => {
  const silent = await serveUdp(() => {});
  scene.after.push(() => silent.stop());
  const prober = scene.prober();
  expect(wordsOf(await runProbe(prober, targetOf(udp(silent.port)), 200))).toBe("down: no answer within 200 ms");
  expect(silent.received.map(String)).toEqual(["ping"]);
  const six = await runProbe(prober, targetOf(udp(await freePort()), "::1"), 60_000);
  expect(wordsOf(six)).toBe("down: nobody listens on this port");
  // The kernel refuses broadcast from a socket that did not ask for it.
  const refused = await runProbe(prober, targetOf(udp(9), "255.255.255.255"), 60_000);
  expect(refused.kind).toBe("unknown");
});

test("a probe that is cancelled delivers nothing", async () => {
  const silent = await serveUdp(() => {});
  scene.after.push(() => silent.stop());
  const prober = scene.prober();
  const verdicts: string[] = [];
  const request = { target: targetOf(udp(silent.port)), timeoutMs: 100, fresh: true };
  const cancel = prober.start(request, (verdict) => verdicts.push(verdict.kind));
  cancel();
  await runProbe(prober, targetOf(udp(silent.port)), 300);
  expect(verdicts).toEqual([]);
});
