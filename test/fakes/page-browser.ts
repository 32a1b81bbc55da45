/**
 * A browser for tests of the live page: Debian's Chromium, and the page built anew from its sources into a folder of
 * its own, so that no test looks at yesterday's build.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, expect, type Page } from "@playwright/test";
import { build } from "vite";

const chromiumPath = "/usr/bin/chromium";
/** No sandbox, because tests run as root; the others keep it off the network and the graphics card. */
const chromiumArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Waits until the page shows something. The limit is for what never comes. */
export const see = expect.configure({ timeout: 60_000 });

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: chromiumArgs });
}

export interface BuiltPage {
  readonly folder: string;
  remove(): Promise<void>;
}

export async function buildPage(): Promise<BuiltPage> {
  const folder = await mkdtemp(join(tmpdir(), "muster-page-"));
  const configFile = join(import.meta.dirname, "../../web/vite.config.ts");
  await build({ configFile, logLevel: "error", build: { outDir: folder } });
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Everything a page complained about, and every address it asked beside its own. */
export function watchPage(page: Page, origin: string): { readonly complaints: string[]; readonly strangers: string[] } {
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) strangers.push(request.url());
  });
  return { complaints, strangers };
}
