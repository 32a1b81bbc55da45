/** Who may report: tokens for watchers and agents, made and taken back where the controller runs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Program } from "./parts/program.ts";

let program: Program;

beforeAll(async () => {
  program = await Program.prepare(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com] } }
watch: { listen: "127.0.0.1" }
watchers: { fra: {} }
agents: { web1: 192.0.2.10 }
pools: { www.example.org: { check: { tcp: 80 }, members: [192.0.2.10] } }
`);
});

afterAll(() => program?.close());

test.each([
  ["watch", "fra", "muster-watch"],
  ["agent", "web1", "muster-agent"],
])("a token of %s for %s begins with %s; taking it back tells whether there was one", async (verb, name, prefix) => {
  const { out } = await program.run(verb, "enrol", name, program.file, "--json");
  expect(JSON.parse(out)).toEqual({
    name,
    token: expect.stringMatching(`^${prefix}\\.${name}\\.`) as string,
    expiresInSeconds: 3600,
  });
  const removal = async (): Promise<unknown> =>
    JSON.parse((await program.run(verb, "remove", name, program.file, "--json")).out);
  expect(await removal()).toEqual({ name, removed: true });
  expect(await removal()).toEqual({ name, removed: false });
});

test("a token of one kind is none of the other", async () => {
  const { out } = await program.run("watch", "enrol", "fra", program.file);
  const token = join(program.folder, "token");
  writeFileSync(token, out, { mode: 0o600 });
  const { code, err } = await program.run("agent", "--controller", "127.0.0.1", "--token-file", token);
  expect([code, err]).toEqual([2, expect.stringContaining("this is no token as `muster agent enrol` prints it")]);
});
