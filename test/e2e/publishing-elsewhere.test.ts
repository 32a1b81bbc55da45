/** A zone that muster does not serve itself: all that people see and wait for is about the servers that do. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { startUpdatable, updateKey } from "../interop/update-servers.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

test("P4 M12 a zone that only goes to other primaries is well when they are: status, audit and drain", async () => {
  const port = await freePort("0.0.0.0");
  const members = ["127.0.23.5", "127.0.23.6"] as const;
  for (const address of members) {
    const web = await WebServer.start(address, port);
    closes.push(() => web.close());
  }
  const primaries = [await startUpdatable("bind"), await startUpdatable("knot")];
  for (const primary of primaries) closes.push(() => primary.close());
  const program = await Program.prepare("");
  closes.push(() => program.close());
  writeFileSync(join(program.folder, "update.key"), updateKey.secret, { mode: 0o600 });
  const servers = primaries.map(({ endpoint }) => `"127.0.0.1:${endpoint.port}"`).join(", ");
  program.configure(`
keys: { ${updateKey.name}: { algorithm: ${updateKey.algorithm}, secret: { file: update.key } } }
audit: { interval: 10s, lag: 1s }
zones: { example.org: { ttl: 1s, ttl-min: 1s, publish: { update: { servers: [${servers}], key: ${updateKey.name} } } } }
pools: { www.example.org: { check: { tcp: ${port} }, members: [${members.join(", ")}] } }
`);
  await program.launch();
  await until("both hold it", () => (program.cli("status").code === 0 ? true : null)).catch((error: unknown) => {
    throw new Error(program.cli("status").out, { cause: error });
  });
  expect(program.cli("status").out).toContain("2 nameservers serve and 2 outlets hold what was decided");
  const drained = program.cli("drain", "127.0.23.5", "--wait", "--reason", "test");
  expect([drained.code, drained.out]).toEqual([0, expect.stringContaining("safe to stop")]);
  for (const primary of primaries) expect(await primary.records("www.example.org", "A")).toEqual(["1 127.0.23.6"]);
  const audit = program.cli("audit", "example.org");
  expect([audit.code, audit.out]).toEqual([0, expect.stringContaining("all well")]);
  expect(program.output).not.toContain('"rule":"nameserver/');
});
