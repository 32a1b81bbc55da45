/**
 * The live page over the real program: `muster serve` as a user starts it, three small web servers on loopback
 * addresses, and one of them ends. What the page shows must be what the program decided.
 */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser } from "@playwright/test";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser, see, watchPage } from "../fakes/page-browser.ts";
import { Program } from "./parts/program.ts";

const addresses = ["127.0.0.21", "127.0.0.22", "127.0.0.23"] as const;

let browser: Browser;
let program: Program;
let web: Server[];

beforeAll(async () => {
  await build({ configFile: join(import.meta.dirname, "../../web/vite.config.ts"), logLevel: "error" });
  web = await startWebServers();
  program = await Program.start(writeConfig(web[0] === undefined ? 0 : portOf(web[0])));
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await program?.close();
  for (const server of web ?? []) closeServer(server);
});

test("a server that ends is seen on the page, drained and enabled members too", async () => {
  const page = await browser.newPage();
  const { complaints } = watchPage(page, program.api);
  await page.goto(program.api);
  const top = page.getByRole("heading", { level: 1 });
  await see(top).toHaveText("All 3 members of www.demo.example are up.");

  closeServer(web[0]);
  await see(top).toHaveText("www.demo.example: 1 of 3 members is down.");
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
  await see(row).toContainText("safe to stop ✓");

  await page.getByRole("button", { name: "Enable two …" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Enable" }).click();
  await see(records).toContainText(addresses[1]);

  await page.getByRole("button", { name: "Drain two …" }).click();
  await page.getByLabel("Reason").fill("kernel update");
  await page.getByRole("dialog").getByRole("button", { name: "Drain" }).click();
  await see(records).not.toContainText(addresses[1]);
  await page.getByRole("button", { name: "reset to normal …" }).click();
  const dialog = page.getByRole("dialog", { name: "Reset to normal?" });
  await see(dialog.locator("ins", { hasText: addresses[1] })).toHaveCount(1);
  await dialog.getByLabel("Reason").fill("after the exercise");
  await dialog.getByRole("button", { name: "Reset to normal" }).click();
  await see(dialog).toBeHidden();
  await see(records).toContainText(addresses[1]);
  // The name of the other nameserver is one that nobody has.
  const publishing = page.getByRole("region", { name: "demo.example", exact: true });
  await see(publishing.locator(".sum")).toContainText(/^muster itself serves serial \d+/);
  await see(publishing.locator(".sum")).toContainText("No address is known of ns1.example.net.");
  expect(complaints).toEqual([]);
});

test.each([false, true])(
  "the page follows a muster that was killed and started again; with another database: %s",
  async (anew) => {
    const page = await browser.newPage();
    await page.goto(program.api);
    await see(page.locator(".page")).toHaveAttribute("data-link", "live");
    await program.kill();
    await see(page.locator(".page")).toHaveAttribute("data-link", "lost");
    if (anew) for (const end of ["", "-wal"]) rmSync(join(program.folder, `state.sqlite${end}`), { force: true });
    await program.launch();
    await see(page.locator(".page")).toHaveAttribute("data-link", "live");
    expect(program.cli("drain", "three", "--reason", `after the start ${anew}`).code).toBe(0);
    await see(page.locator(".event", { hasText: `after the start ${anew}` })).toHaveCount(1);
    expect(program.cli("enable", "three").code).toBe(0);
  },
);

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

function writeConfig(webPort: number): string {
  const names = ["one", "two", "three"];
  const members = addresses.map((address, index) => `      - { address: ${address}, name: ${names[index]} }`);
  return `zones:
  demo.example: { ttl: 2s, ttl-min: 1s, nameservers: [ns1.example.net] }
pools:
  www.demo.example:
    policy: round-robin
    check: { http: { path: /, port: ${webPort}, status: 200 }, interval: 500ms }
    members:
${members.join("\n")}
`;
}
