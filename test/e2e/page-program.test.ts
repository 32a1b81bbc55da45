/**
 * The live page over the real program: `muster serve` as a user starts it, three small web servers on loopback
 * addresses, and one of them ends. What the page shows must be what the program decided.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, expect as see } from "@playwright/test";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { launchBrowser, watchPage } from "../fakes/page-browser.ts";
import { until } from "./parts/wait.ts";

const root = join(import.meta.dirname, "../..");
const addresses = ["127.0.0.21", "127.0.0.22", "127.0.0.23"] as const;

let browser: Browser;
let folder: string;
let program: ChildProcess;
let web: Server[];
let url: string;

beforeAll(async () => {
  await build({ configFile: join(root, "web/vite.config.ts"), logLevel: "error" });
  folder = await mkdtemp(join(tmpdir(), "muster-page-program-"));
  web = await startWebServers();
  const webPort = web[0] === undefined ? 0 : portOf(web[0]);
  const apiPort = await freePort();
  url = `http://127.0.0.1:${apiPort}/`;
  const file = join(folder, "muster.yaml");
  await writeFile(file, writeConfig({ webPort, apiPort, dnsPort: await freePort() }));
  program = spawn(process.execPath, [join(root, "src/main.ts"), "serve", file], { stdio: "inherit" });
  await waitReady();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  for (const server of web ?? []) closeServer(server);
  if (program !== undefined && program.exitCode === null) {
    program.kill("SIGTERM");
    await once(program, "exit");
  }
  await rm(folder, { recursive: true, force: true });
});

test("a server that ends is seen on the page, drained and enabled members too", async () => {
  const page = await browser.newPage();
  const { complaints } = watchPage(page, url);
  await page.goto(url);
  const top = page.getByRole("heading", { level: 1 });
  await see(top).toHaveText("All 3 members of www.demo.example are up.", { timeout: 15_000 });

  closeServer(web[0]);
  await see(top).toHaveText("www.demo.example: 1 of 3 members is down.", { timeout: 15_000 });
  const records = page.getByLabel("Answered now");
  await see(records).not.toContainText(addresses[0]);
  await see(page.locator(".event[data-kind=health]").first()).toContainText(addresses[0]);
  await page.getByRole("button", { name: "Why?" }).click();
  await see(page.locator(".evidence")).toContainText("one is not answered: it is down.");

  await page.getByRole("button", { name: "Drain two …" }).click();
  await page.getByLabel("Reason").fill("kernel update");
  await page.getByRole("dialog").getByRole("button", { name: "Drain" }).click();
  await see(records).not.toContainText(addresses[1]);
  const row = page.locator(".member", { has: page.getByText("two", { exact: true }) });
  await see(row).toContainText("kernel update");
  await see(row).toContainText("safe to stop ✓", { timeout: 15_000 });

  await page.getByRole("button", { name: "Enable two …" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Enable" }).click();
  await see(records).toContainText(addresses[1]);
  expect(complaints).toEqual([]);
});

/** All on one port, which the first finds; the addresses are what tells them apart. */
async function startWebServers(): Promise<Server[]> {
  const servers: Server[] = [];
  for (const address of addresses) {
    const server = createServer((_request, response) => response.end("Welcome"));
    server.listen(servers[0] === undefined ? 0 : portOf(servers[0]), address);
    await once(server, "listening");
    servers.push(server);
  }
  return servers;
}

function closeServer(server: Server | undefined): void {
  server?.close();
  server?.closeAllConnections();
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function writeConfig(ports: { webPort: number; apiPort: number; dnsPort: number }): string {
  const names = ["one", "two", "three"];
  const members = addresses.map((address, index) => `      - { address: ${address}, name: ${names[index]} }`);
  return `zones:
  demo.example: { ttl: 2s, ttl-min: 1s, nameservers: [ns1.example.net] }
pools:
  www.demo.example:
    policy: round-robin
    check: { http: { path: /, port: ${ports.webPort}, status: 200 }, interval: 500ms }
    members:
${members.join("\n")}
dns: { listen: "127.0.0.1:${ports.dnsPort}" }
api: { listen: "127.0.0.1:${ports.apiPort}" }
state: ${join(folder, "state.sqlite")}
`;
}

async function waitReady(): Promise<void> {
  await until("muster serve is ready", async () => {
    if (program.exitCode !== null) throw new Error(`muster serve ended with ${program.exitCode}`);
    const answer = await fetch(`${url}healthz`).catch(() => null);
    return answer?.ok === true ? answer : null;
  });
}
