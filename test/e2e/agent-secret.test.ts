/** An agent that proves a real PostgreSQL with a password of its own machine, which the controller never knows. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { type DatabaseServer, startPostgres } from "../interop/database-servers.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const secret = "kept-on-this-machine";
let database: DatabaseServer;
let program: Program;
let where: readonly string[];
let agent: ChildProcess | null = null;

function startAgent(extra: readonly string[] = []): void {
  agent = spawn(process.execPath, [main, "agent", ...where, ...extra], { stdio: "ignore" });
}

async function endAgent(): Promise<void> {
  if (agent === null || agent.exitCode !== null || agent.signalCode !== null) return;
  agent.kill("SIGKILL");
  await once(agent, "exit");
}

function becomes(word: string, reason: RegExp): Promise<unknown> {
  return until(`the agent is ${word}`, async () => {
    const [seen] = (await program.status()).agents;
    return seen?.word === word && reason.test(seen.reason ?? "") ? true : null;
  });
}

beforeAll(async () => {
  database = await startPostgres();
  database.sql(`CREATE USER probe PASSWORD '${secret}'`);
  const watchPort = await freePort();
  program = await Program.start(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s } }
placement: off
watch: { listen: "127.0.0.1:${watchPort}" }
defaults: { interval: 300ms }
agents:
  web1:
    address: 127.0.0.2
    silent-after: 20s
    prove:
      database:
        address: 127.0.0.1
        check: { postgres: { port: ${database.port}, user: probe, database: postgres, password: { agent: db } } }
pools:
  www.example.org: { check: { agent: true }, members: [127.0.0.2] }
`);
  where = ["--controller", `127.0.0.1:${watchPort}`, "--folder", join(program.folder, "web1")];
  const { code, err, out } = await program.run("agent", "enrol", "web1", program.file);
  expect(code, err).toBe(0);
  const token = join(program.folder, "token");
  writeFileSync(token, out, { mode: 0o600 });
  startAgent(["--token-file", token]);
});

afterAll(async () => {
  await endAgent();
  await program?.close();
  await database?.stop();
});

test("W2 a proof whose password the agent was not given cannot be proved, and says which", async () => {
  await becomes("unfit", /no secret called db may be used here/);
});

test("W1 with a password of its own the agent proves the database, and a new one counts at once", async () => {
  const file = join(program.folder, "db.password");
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  await endAgent();
  startAgent(["--secret", `db=${file}`]);
  await becomes("fit", /its proof holds/);
  database.sql("ALTER USER probe PASSWORD 'another-one'");
  await becomes("unfit", /database: .*password/i);
  writeFileSync(file, "another-one\n");
  await becomes("fit", /its proof holds/);
  expect(program.output).not.toContain(secret);
  expect((await program.run("status", "--json")).out).not.toContain(secret);
});
