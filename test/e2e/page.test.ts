/**
 * The live page in a real browser, over a stand-in for the controller's API that shows what the test wants: what a
 * sysadmin sees, what the forms send, and what happens when the controller goes away.
 */
import type { Browser, BrowserContextOptions, Page } from "@playwright/test";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { wall } from "../../src/base/time.ts";
import type { StatusView } from "../../src/core/view.ts";
import { type BuiltPage, buildPage, launchBrowser, see, watchPage } from "../fakes/page-browser.ts";
import {
  downMember,
  drainedMember,
  fallOfWeb2,
  makeCrowd,
  makeExplanation,
  makeStatus,
  makeStory,
  makeView,
  suspectedMember,
} from "../fakes/page-scenes.ts";
import { PageServer, type PageServerOptions } from "../fakes/page-server.ts";

const at = Date.now();
const allUp = "All 5 members of 2 pools are up.";

let browser: Browser;
let built: BuiltPage;
let server: PageServer;

beforeAll(async () => {
  built = await buildPage();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await built?.remove();
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await server.close();
});

async function serve(options: Partial<PageServerOptions> = {}): Promise<PageServer> {
  const scene = { status: makeStatus(at), events: makeStory(at), explanation: makeExplanation(at) };
  server = await new PageServer({ folder: built.folder, ...scene, ...options }).listen();
  return server;
}

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(server.url);
  return page;
}

const topLine = (page: Page, text: string): Promise<void> =>
  see(page.getByRole("heading", { level: 1 })).toHaveText(text);
/** The story comes after the status, in two questions; two of its events lie before the day that the second asks for. */
const storyTold = (page: Page): Promise<void> => see(page.locator(".event")).toHaveCount(makeStory(at).length - 2);
const row = (page: Page, label: string) => page.locator(".member", { has: page.getByText(label, { exact: true }) });

describe("what is seen", () => {
  test("the page loads under its content security policy, complains about nothing and asks no stranger", async () => {
    await serve();
    const context = await browser.newContext();
    const page = await context.newPage();
    const { complaints, strangers } = watchPage(page, server.url);
    await page.goto(server.url);
    await topLine(page, allUp);
    await see(page.getByText("live", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Drain web2 …" }).click();
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });

  test("a change arrives live: top line, row, strip, title and story", async () => {
    await serve();
    const page = await open();
    await topLine(page, allUp);
    server.tell(fallOfWeb2(50, at));
    server.show(makeStatus(at, { web2: downMember(at, 1_000) }));
    await topLine(page, "www.demo.example: 1 of 3 members is down.");
    await see(page).toHaveTitle("www.demo.example: 1 of 3 members is down · muster");
    await see(row(page, "web2").locator(".health")).toHaveText("down");
    await see(row(page, "web2").locator("rect[data-state=down]")).toHaveCount(2);
    await see(page.locator(".event").first()).toContainText("192.0.2.11 is down");
    server.show(makeStatus(at));
    await topLine(page, allUp);
  });

  test("a last resort is loud, a suspicion is told beside the health", async () => {
    const down = downMember(at, 5_000);
    await serve({ status: makeStatus(at, { web1: down, web2: down, web3: down, "db-main": suspectedMember(at) }) });
    const page = await open();
    await topLine(page, "www.demo.example: no member is fit, the last resort is served.");
    await see(page.locator(".resort")).toHaveText("No member is fit: the last resort is served");
    await see(row(page, "db-main").locator(".health")).toHaveText("suspected");
    await see(row(page, "db-main")).toContainText("Now in doubt: no answer within 180 ms.");
  });

  test("an override shows owner, reason, end and when the member is safe to stop", async () => {
    await serve({ status: makeStatus(at, { web2: drainedMember(at, -1_000), web3: drainedMember(at, 3_600_000) }) });
    const page = await open();
    await see(row(page, "web2")).toContainText("drained by ops");
    await see(row(page, "web2")).toContainText("kernel update, ends at");
    await see(row(page, "web2").locator(".safe")).toHaveText("safe to stop ✓");
    await see(row(page, "web3").locator(".safe")).toContainText("safe to stop in");
  });

  test("an update of numbers moves nothing", async () => {
    await serve();
    const page = await open();
    await topLine(page, allUp);
    await storyTold(page);
    const boxes = () =>
      page.evaluate<string>(
        "JSON.stringify([...document.querySelectorAll('.member, .pool, .event')].map((e) => e.getBoundingClientRect()))",
      );
    const before = await boxes();
    server.show(makeStatus(at, { web1: { responseMs: 1340.2 }, web2: { responseMs: 0.3 } }));
    await see(row(page, "web1").locator(".speed")).toContainText("1.3 s");
    expect(await boxes()).toBe(before);
  });

  test("the strip tells time and reason to the keyboard", async () => {
    await serve();
    const page = await open();
    await storyTold(page);
    const strip = row(page, "web2").locator(".strip");
    await strip.focus();
    await page.keyboard.press("ArrowLeft");
    await see(strip.locator(".tip")).toContainText("192.0.2.11 is down: 3 probes without an answer.");
    await page.keyboard.press("Escape");
    await see(strip.locator(".tip")).toBeEmpty();
  });

  test("`Why?` opens the chain of evidence", async () => {
    await serve();
    const page = await open();
    await page.getByRole("button", { name: "Why?" }).first().click();
    await see(page.locator(".evidence")).toContainText("all 3 members are fit.");
    await see(page.locator(".evidence ol ol ol li")).toHaveCount(3);
    expect(server.asked.at(-1)?.path).toBe("/api/v1/explain/www.demo.example");
  });

  test("the story is narrowed by pool and by kind", async () => {
    await serve();
    const page = await open();
    await page.getByRole("combobox", { name: "Pool or member" }).selectOption("db.demo.example");
    await see(page.locator(".event")).toHaveCount(2);
    await page.getByRole("button", { name: "answers" }).click();
    await see(page.locator(".event")).toHaveCount(0);
    await see(page.getByText("Nothing to tell under this filter.")).toBeVisible();
  });

  test("a thousand members: the troubled ones are shown, the others counted and drawn in pages", async () => {
    await serve({ status: makeCrowd(at) });
    const page = await open();
    await topLine(page, "cdn.demo.example: 4 of 1,000 members are down.");
    await see(page.locator(".member")).toHaveCount(4);
    await page.getByRole("button", { name: "Show 50 of 996 more members, all up" }).click();
    await see(page.locator(".member")).toHaveCount(54);
    await page.getByRole("button", { name: /^app7\.demo\.example/ }).click();
    await see(page.locator(".member")).toHaveCount(56);
  });
});

describe("what is asked of the controller", () => {
  test("the drain dialog posts member, kind, reason, owner and duration, and closes", async () => {
    await serve();
    const page = await open();
    await page.getByRole("button", { name: "Drain web2 …" }).click();
    const dialog = page.getByRole("dialog", { name: "Drain web2?" });
    await see(dialog.getByLabel("Reason")).toBeFocused();
    await page.keyboard.type("kernel update");
    await dialog.getByLabel("4 h").check();
    await dialog.getByLabel("Your name").fill("ops");
    await dialog.getByRole("button", { name: "Drain" }).click();
    await see(dialog).toBeHidden();
    expect(server.asked.at(-1)).toMatchObject({
      method: "POST",
      path: "/api/v1/overrides",
      body: {
        member: "www.demo.example/192.0.2.11",
        kind: "drain",
        reason: "kernel update",
        owner: "ops",
        forSeconds: 14_400,
      },
    });
  });

  test("no reason, no request; a refusal stays in the dialog", async () => {
    await serve();
    const page = await open();
    await page.getByRole("button", { name: "Disable web1 …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Disable" }).click();
    expect(server.asked.filter((asked) => asked.method === "POST")).toEqual([]);
    server.refusal = "The last member that is fit stays.";
    await dialog.getByLabel("Reason").fill("disk");
    await dialog.getByLabel("until ended").check();
    await dialog.getByRole("button", { name: "Disable" }).click();
    await see(dialog.getByRole("alert")).toHaveText("The last member that is fit stays.");
    expect(server.asked.at(-1)?.body).not.toHaveProperty("forSeconds");
    await page.keyboard.press("Escape");
    await see(dialog).toBeHidden();
  });

  test("enable, failback and reload", async () => {
    await serve({ status: waitingToFailBack(makeStatus(at, { web2: drainedMember(at, 0) })) });
    const page = await open();
    await page.getByRole("button", { name: "Enable web2 …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Enable" }).click();
    await see(page.getByRole("dialog")).toBeHidden();
    expect(server.asked.at(-1)).toMatchObject({
      method: "DELETE",
      path: "/api/v1/overrides/www.demo.example%2F192.0.2.11?owner=live+page",
    });
    await page.getByRole("button", { name: "Fail back now …" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Fail back" }).click();
    await see(page.getByRole("dialog")).toBeHidden();
    expect(server.asked.at(-1)).toMatchObject({
      method: "POST",
      path: "/api/v1/pools/db.demo.example/failback?owner=live+page",
    });
    await page.getByRole("button", { name: "reload configuration" }).click();
    await see(page.getByText("The configuration was read again.")).toBeVisible();
  });

  test("a token is asked for, refused when wrong, kept for the tab when right", async () => {
    await serve({ token: "open sesame" });
    const page = await open();
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Open" }).click();
    await see(page.getByRole("alert")).toContainText("did not accept this token");
    await page.getByLabel("Token").fill("open sesame");
    await page.getByRole("button", { name: "Open" }).click();
    await topLine(page, allUp);
    await page.reload();
    await topLine(page, allUp);
  });
});

function waitingToFailBack(status: StatusView): StatusView {
  const pools = status.pools.map((pool) =>
    pool.policy === "priority" ? { ...pool, answer: { ...pool.answer, failbackAt: wall(at + 600_000) } } : pool,
  );
  return { ...status, pools };
}

describe("when the controller goes away", () => {
  test("what is shown is marked as old; when it is back, the page follows and nothing is missing in the story", async () => {
    await serve();
    const page = await open();
    await topLine(page, allUp);
    await storyTold(page);
    const { port } = server;
    await server.close();
    await see(page.locator(".link")).toContainText("Not live: the controller");
    await see(page.locator(".page")).toHaveAttribute("data-link", "lost");
    await see(page).toHaveTitle(/^\(not live\)/);
    const events = [...makeStory(at), fallOfWeb2(50, at)];
    await serve({ port, events, status: makeStatus(at, { web2: downMember(at, 1_000) }) });
    await topLine(page, "www.demo.example: 1 of 3 members is down.");
    await see(page.locator(".page")).toHaveAttribute("data-link", "live");
    await see(page.locator(".event").first()).toContainText("192.0.2.11 is down: 3 bad probes");
    expect(server.asked.find((asked) => asked.path === "/api/v1/live")?.lastEventId).toBe("11");
  });

  test("what the last rehearsal of a name came to stands with its answer", async () => {
    const status = makeStatus(at);
    const sentence =
      "the rehearsal of www.demo.example/192.0.2.10 went through: detected in 0.71 s, longer than stated";
    const rehearsal = {
      pool: "www.demo.example",
      member: "192.0.2.10",
      at: wall(at - 3_600_000),
      owner: "ann",
      sentence,
    };
    const found = {
      suspectedMs: 1,
      decidedMs: 2,
      servers: [],
      ttlSeconds: 4,
      totalMs: 9,
      recoveryMs: 8,
      returnedMs: 9,
    };
    const last = { ...rehearsal, ...found, reason: "drill", verdict: "slow" } as const;
    const pools = status.pools.map((pool) => (pool.name === last.pool ? { ...pool, rehearsal: last } : pool));
    await serve({ status: { ...status, pools } });
    const page = await open();
    const line = page.getByRole("region", { name: "www.demo.example" }).locator("[data-verdict=slow]");
    await see(line).toContainText("The rehearsal of www.demo.example/192.0.2.10 went through: detected in 0.71 s");
    await see(line).toContainText(/\bago$/);
    await see(page.locator("[data-verdict]")).toHaveCount(1);
  });

  test("T2 a machine that is not fit, and a mount that hangs, stand below the names", async () => {
    const agent = { addresses: ["192.0.2.10"], since: wall(at), heardAt: wall(at), checks: [], links: [], reaches: [] };
    const mounts = [{ path: "/srv", state: "hung", reason: "no answer within 2 s", sinceMs: 1 }] as const;
    const agents = [
      { ...agent, name: "web1", word: "fit", reason: "its proof holds", mounts },
      { ...agent, name: "web2", word: "silent", reason: "its proof holds", mounts: [] },
      { ...agent, name: "web3", word: "fit", reason: "its proof holds", mounts: [] },
    ] as const;
    await serve({ status: { ...makeStatus(at), agents } });
    const page = await open();
    const section = page.getByRole("region", { name: "Agents" });
    await see(section).toContainText("2 of 3 machines fit");
    await see(section.getByRole("listitem")).toHaveCount(2);
    await see(section.getByRole("listitem").first()).toHaveAccessibleName("agent web2: silent");
    await see(section).toContainText("mount /srv is hung: no answer within 2 s.");
  });

  test("nothing configured yet is an answer too", async () => {
    await serve({ status: makeView(at, []), events: [] });
    const page = await open();
    await topLine(page, "1 zone served, no pools yet.");
    await see(page.getByRole("heading", { name: "No pools", exact: true })).toBeVisible();
  });
});

describe("how it looks", () => {
  const paper = (page: Page) => page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor");

  test("dark and light follow the system until somebody chooses; the choice is remembered", async () => {
    await serve();
    const page = await open({ colorScheme: "dark" });
    const dark = await paper(page);
    await page.getByRole("button", { name: "Switch to light colours" }).click();
    const light = await paper(page);
    expect(light).not.toBe(dark);
    await page.reload();
    await topLine(page, allUp);
    expect(await paper(page)).toBe(light);
    await page.getByRole("button", { name: "Switch to dark colours" }).click();
    expect(await paper(page)).toBe(dark);
  });

  test.each([
    ["all up", makeStatus(at)],
    ["overrides", makeStatus(at, { web2: drainedMember(at, 5_000), web3: suspectedMember(at) })],
    ["last resort", makeStatus(at, { "db-main": downMember(at, 9), "db-standby": downMember(at, 9) })],
    ["a thousand members", makeCrowd(at)],
  ])("no sideways scrolling at 375 px: %s", async (_name, status) => {
    await serve({ status });
    const page = await open({ viewport: { width: 375, height: 812 } });
    await see(page.locator(".member").first()).toBeVisible();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(375);
  });
});
