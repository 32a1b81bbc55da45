/** A zone file that leaves the address of its own nameserver to a pool: it is good, it is served, and the address is in the answers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { rdataAddress } from "../../src/dns/rdata/index.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { WebServer } from "./parts/web-server.ts";

const [one, two] = ["127.0.22.1", "127.0.22.2"] as const;

const closes: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

test("M1 a nameserver whose only address comes from a pool is accepted by check and by serve, and a failover moves it", async () => {
  const port = await freePort("0.0.0.0");
  const web = [await WebServer.start(one, port), await WebServer.start(two, port)];
  for (const each of web) closes.push(() => each.close());
  const program = await Program.prepare("");
  closes.push(() => program.close());
  const zone = "$TTL 60\n@ SOA ns1 host 1 3600 600 86400 60\n@ NS ns1\n@ NS ns2.example.net.\n";
  writeFileSync(join(program.folder, "zone"), zone);
  const pool = (name: string): string => `
zones: { example.org: { file: zone } }
pools: { ${name}.example.org: { policy: priority, check: { tcp: ${port}, interval: 300ms }, members: [${one}, ${two}] } }
`;
  program.configure(pool("other"));
  const refused = program.cli("check", program.file);
  expect([refused.code, refused.out]).toEqual([
    1,
    expect.stringContaining("NS ns1.example.org.: the target has no address"),
  ]);
  program.configure(pool("ns1"));
  expect(program.cli("check", program.file)).toMatchObject({ code: 0 });
  await program.launch();
  const { additionals, answers } = await program.ask("example.org", "NS");
  expect(answers).toHaveLength(2);
  const glue = additionals.filter(({ type }) => type === rrType.A).map(({ rdata }) => rdataAddress(rdata));
  expect(glue).toEqual([one]);
  await web[0]?.stop();
  await program.answers("ns1.example.org", two);
  expect(program.cli("reload").code).toBe(0);
  await program.answers("ns1.example.org", two);
});
