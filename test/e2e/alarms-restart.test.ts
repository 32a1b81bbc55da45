/** Alarms of nameservers over a restart: whoever was told of one is told of its end. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const closes: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

test("M12 the alarm of a nameserver that leaves the configuration while muster is stopped is over at the next start", async () => {
  const web = await WebServer.start("127.0.23.1", await freePort("0.0.0.0"));
  closes.push(() => web.close());
  const program = await Program.prepare("");
  closes.push(() => program.close());
  const silent = await freePort();
  const config = (more: string): string => `
audit: { interval: 10s, lag: 300ms }
notify:
  group: 100ms
  channels: { file: { exec: { command: [/usr/bin/tee, -a, ${program.folder}/told] } } }
  routes: [{ to: file }]
zones:
  example.org:
    nameservers: [{ name: ns1.example.net, address: "127.0.0.1:${program.dnsPort}" }${more}]
    ttl: 2s
    transfer: { allow: [127.0.0.0/8] }
pools:
  www.example.org: { check: { tcp: ${web.port} }, members: [127.0.23.1] }
`;
  const told = (): string => readFileSync(join(program.folder, "told"), { encoding: "utf8", flag: "a+" });
  const place = `ns2.example.net (127.0.0.1:${silent})`;
  program.configure(config(`, { name: ns2.example.net, address: "127.0.0.1:${silent}" }`));
  await program.launch();
  await until(`the alarm of ${place} is told\n`, () => (told().includes(`${place} does not serve`) ? true : null));
  program.signal("SIGTERM");
  await program.ended();
  program.configure(config(""));
  await program.launch();
  const resolved = await until("its end is told", () => /\{[^{}]*"state":"resolved"[^{}]*/.exec(told())?.[0] ?? null);
  expect(resolved).toContain("ns2.example.net");
  expect(program.output).toContain(`${place} is no longer asked for zone example.org: it left the configuration`);
});
