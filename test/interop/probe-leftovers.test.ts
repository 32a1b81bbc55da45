/** Probes without a kept connection leave no descriptor behind, however they end. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import type { DnsProbe, ExecProbe, ProbeConfig, UdpProbe } from "../../src/core/model.ts";
import type { Prober, Verdict } from "../../src/ports/prober.ts";
import { freePort } from "../fakes/free-port.ts";
import { makeScene, runProbe, targetOf } from "./probe-scene.ts";
import { serveUdp } from "./probe-udp-server.ts";

const scene = makeScene();
const rounds = 40;
/** Descriptors that Node opens for itself when it first needs them. */
const ownMax = 5;

const udp: UdpProbe = { kind: "udp", port: 0, sendHex: "70696e67", expectHex: null };
const dns: DnsProbe = {
  kind: "dns",
  port: 0,
  transport: "udp",
  name: "example.org",
  type: "SOA",
  recursion: false,
  rcode: "NOERROR",
  authoritative: false,
  answer: [],
  emptyOk: false,
  serialMin: null,
  primary: null,
};

function exec(...command: readonly string[]): ExecProbe {
  return { kind: "exec", command, port: null, warning: "up", environment: [] };
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

function runMany(prober: Prober, probe: ProbeConfig, timeoutMs: number): Promise<Verdict[]> {
  const target = targetOf(probe);
  return Promise.all(Array.from({ length: rounds }, () => runProbe(prober, target, timeoutMs)));
}

test("probes that are answered, refused, silent or cancelled, many at once", async () => {
  const silent = await serveUdp(() => {});
  scene.after.push(() => silent.stop());
  const closed = await freePort();
  const prober = scene.prober();
  await runProbe(prober, targetOf(exec("/bin/true")), 10_000);
  const before = descriptors();
  const primary = { endpoint: { address: "127.0.0.1", port: silent.port }, lagMsMax: 1_000 };
  for (const port of [silent.port, closed]) {
    await runMany(prober, { ...udp, port }, 100);
    await runMany(prober, { ...dns, port, primary }, 100);
    await runMany(prober, { ...dns, port, transport: "tcp" }, 100);
  }
  for (const probe of [
    { ...udp, port: silent.port },
    { ...dns, port: silent.port, primary },
    exec("/bin/sleep", "99"),
  ]) {
    const request = { target: targetOf(probe), timeoutMs: 60_000, fresh: true };
    const cancels = Array.from({ length: rounds }, () => prober.start(request, () => {}));
    for (const cancel of cancels) cancel();
  }
  const good = await runMany(prober, exec("/bin/echo", "fine"), 60_000);
  expect(good.map(({ kind }) => kind)).toEqual(Array.from({ length: rounds }, () => "up"));
  await expect.poll(descriptors).toBeLessThanOrEqual(before + ownMax);
});
