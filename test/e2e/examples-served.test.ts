/**
 * Every example, served by the real program. It runs in a network namespace of its own with nothing but loopback, so
 * the documentation's addresses are never asked anything: probes find no route, which is `unknown`, and the
 * configured last resort answers.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfigFile } from "../../src/io/config-file.ts";
import { until } from "./parts/wait.ts";

const root = join(import.meta.dirname, "../..");
const examples = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".yaml"));
/** What the examples take from the environment. */
const secrets = { MUSTER_TOKEN: "0123456789abcdef-example", MUSTER_KEY: "bXVzdGVyLXNlY3JldC1leGFtcGxl" };

/** A copy of the examples whose state lies in the copy's folder. */
function copyExamples(): string {
  const folder = mkdtempSync(join(tmpdir(), "muster-examples-"));
  cpSync(join(root, "examples"), join(folder, "examples"), { recursive: true });
  return folder;
}

interface Question {
  readonly name: string;
  readonly port: number;
  /** A zone that only goes to other servers is refused here, and one whose primaries are out of reach is not there yet. */
  readonly status: RegExp;
}

/** What to ask for: the first pool's name, which must be answered somehow. */
async function question(file: string): Promise<Question> {
  Object.assign(process.env, secrets);
  const read = await readConfigFile(file);
  for (const name of Object.keys(secrets)) delete process.env[name];
  if (!read.ok) throw new Error(`${file} does not load`);
  const { dns, pools, zones } = read.value.config;
  const zone = zones.find(({ origin }) => origin === pools[0]?.zone) ?? zones[0];
  const isServed = zone?.primaries.length === 0 && zone.publish.some(({ kind }) => kind === "embedded");
  const name = pools[0]?.name ?? zone?.origin ?? "";
  return { name, port: dns.listen[0]?.port ?? 53, status: isServed ? /status: NOERROR/ : /status: (REFUSED|SERVFAIL)/ };
}

test.each(examples)("%s is served: it becomes ready and answers", async (name) => {
  const folder = copyExamples();
  const file = join(folder, "examples", name);
  const asked = await question(file);
  const dig = `until dig @127.0.0.1 -p ${asked.port} ${asked.name} ANY +tcp +time=1 +tries=1; do sleep 0.1; done`;
  const serve = `${process.execPath} ${join(root, "src/main.ts")} serve ${file}`;
  const script = `ip link set lo up; ${serve} & muster=$!; ${dig}; kill $muster; wait $muster; echo "ended $?"`;
  const child = spawn("unshare", ["--net", "sh", "-c", script], { env: { ...process.env, ...secrets } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => void (output += String(bytes)));
  try {
    await until(`${name} was served (unshare is in Debian's util-linux)`, () =>
      output.includes("ended ") ? true : null,
    );
    expect(output).toContain("ready: ");
    expect(output).toMatch(asked.status);
    expect(output).toContain("ended 0");
  } catch (error) {
    throw new Error(`${String(error)}\n${output}`, { cause: error });
  } finally {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
});
