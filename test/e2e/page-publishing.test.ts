/**
 * Publishing on the live page, in a real browser: quiet while every nameserver has what was decided, loud when one has
 * not; a drain that waits for a nameserver; and the steps that show their plan before they ask for a reason.
 */
import type { Browser, BrowserContextOptions, Page } from "@playwright/test";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { StatusView } from "../../src/core/view.ts";
import { type BuiltPage, buildPage, launchBrowser, see, watchPage } from "../fakes/page-browser.ts";
import { drainedMember, makeEvent, makeStatus } from "../fakes/page-scenes.ts";
import { PageServer, type PageServerOptions } from "../fakes/page-server.ts";
import { greedyPlan, makeLate, makeNameserver, makePublished } from "../fakes/publishing-scenes.ts";

const at = Date.now();

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

async function open(given: Partial<PageServerOptions> = {}, options: BrowserContextOptions = {}): Promise<Page> {
  const scene = { folder: built.folder, status: makePublished(at), plan: greedyPlan };
  server = await new PageServer({ ...scene, ...given }).listen();
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(server.url);
  await see(page.getByRole("region", { name: "Publishing" })).toBeVisible();
  return page;
}

const place = (page: Page, name: string) => page.locator(".place", { has: page.getByText(name, { exact: true }) });
const zone = (page: Page) => page.getByRole("region", { name: "demo.example", exact: true });

describe("who serves what was decided", () => {
  test("all in step is one line; each is shown on demand, with how long changes take", async () => {
    const page = await open();
    await see(zone(page).locator(".sum")).toContainText("All 4 nameservers serve serial");
    await see(zone(page).locator(".sum")).toContainText("Last change seen everywhere in 84");
    await see(page.locator(".place")).toHaveCount(0);
    await page.getByRole("button", { name: "Show who serves demo.example" }).focus();
    await page.keyboard.press("Enter");
    await see(page.locator(".place")).toHaveCount(6);
    await see(place(page, "ns2.example.com").locator(".quantiles")).toContainText("p99 1.4");
    await see(place(page, "ns2.example.com").locator("rect")).toHaveCount(14);
    await page.keyboard.press("Enter");
    await see(page.locator(".place")).toHaveCount(0);
  });

  test("what is out of step is loud, the worst first, with its reason; then all is quiet again", async () => {
    const page = await open();
    server.show(makeLate(at));
    await see(page.getByRole("heading", { level: 1 })).toContainText("3 nameservers and 1 outlet are out of step");
    await see(page.locator(".head")).toHaveAttribute("data-tone", "bad");
    await see(page.locator(".place .health")).toHaveText(["unreachable", "refused", "different", "behind"]);
    await see(page.locator(".place").first()).toContainText("no answer within 2 s, over UDP and TCP.");
    await see(page.locator(".place").first().locator(".lag")).toContainText("3");
    await see(page.getByRole("button", { name: "Show who serves demo.example" })).toHaveText("show 3 more");
    server.show(makePublished(at));
    await see(page.getByRole("heading", { level: 1 })).toHaveText("All 5 members of 2 pools are up.");
    await see(page.locator(".place")).toHaveCount(0);
  });

  test("a change on its way moves nothing and alarms nobody", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Show who serves demo.example" }).click();
    await see(page.locator(".place")).toHaveCount(6);
    const boxes = () =>
      page.evaluate<string>(
        "JSON.stringify([...document.querySelectorAll('.pool, .zone, .places, .publishing')].map((e) => e.getBoundingClientRect()))",
      );
    const before = await boxes();
    const status = makePublished(at);
    const nameservers = status.nameservers.map((one) =>
      one.name === "embedded"
        ? one
        : { ...one, state: "behind" as const, lagSeconds: 0.1, reason: "serves an older serial" },
    );
    server.show({ ...status, nameservers });
    await see(zone(page).locator(".sum")).toContainText("1 of 4 nameservers serves serial");
    await see(page.locator(".head")).toHaveAttribute("data-tone", "calm");
    expect(await boxes()).toBe(before);
  });

  test("a drained member says which nameserver keeps it from being safe to stop", async () => {
    const drained = drainedMember(at, 30_000);
    const override = drained.override ?? null;
    if (override === null) throw new Error("the scene has no override");
    const waitsFor = ["ns2.example.com (198.51.100.53:53)"];
    const waiting = { web2: { ...drained, override: { ...override, waitsFor } } };
    const page = await open({ status: { ...makeLate(at), pools: makeStatus(at, waiting).pools } });
    await see(page.locator(".member .unsafe")).toHaveText(
      "Not safe to stop: ns2.example.com (198.51.100.53:53) may still answer with it.",
    );
    server.show({ ...makePublished(at), pools: makeStatus(at, { web2: drainedMember(at, -1000) }).pools });
    await see(page.locator(".member .safe")).toHaveText("safe to stop ✓");
  });

  test("the story marks trouble, and its end as such", async () => {
    const page = await open();
    const told = { kind: "trouble", subject: "demo.example" } as const;
    server.tell(makeEvent(1, at - 9000, { ...told, rule: "nameserver/unreachable", sentence: "ns1 is late" }));
    server.tell(makeEvent(2, at, { ...told, rule: "nameserver/well", sentence: "ns1 is well again" }));
    const marks = page.locator(".event .mark");
    await see(marks).toHaveCount(2);
    await see(marks.first()).toHaveAttribute("data-shape", "up");
    await see(marks.last()).toHaveAttribute("data-shape", "down");
  });

  test("a thousand zones: those in trouble are shown, the others counted", async () => {
    const page = await open({ status: makeManyZones() });
    await see(page.locator(".zone")).toHaveCount(2);
    await see(page.locator(".zone h3")).toHaveText(["z7.example", "z500.example"]);
    await page.getByRole("button", { name: "Show 50 of 998 more zones, all in step" }).click();
    await see(page.locator(".zone")).toHaveCount(52);
  });
});

function makeManyZones(): StatusView {
  const status = makeStatus(at);
  const [first] = status.zones;
  const origins = Array.from({ length: 1000 }, (_, index) => `z${index}.example`);
  const zones = first === undefined ? [] : origins.map((origin) => ({ ...first, origin }));
  const nameservers = origins.map((origin, index) =>
    makeNameserver(at, { zone: origin, ...(index === 7 || index === 500 ? { state: "lame", trouble: true } : {}) }),
  );
  return { ...status, zones, nameservers };
}

describe("steps that show their plan first", () => {
  test("reset to normal: the plan, a reason, and then it is done", async () => {
    const page = await open();
    await page.getByRole("button", { name: "reset to normal …" }).click();
    const dialog = page.getByRole("dialog", { name: "Reset to normal?" });
    await see(dialog.locator("del")).toHaveCount(4);
    await see(dialog.locator("ins")).toHaveText("www.demo.example. 30 IN A 203.0.113.80");
    await see(dialog).toContainText("4 of 5 published records would be removed.");
    await dialog.getByRole("button", { name: "Reset to normal" }).click();
    expect(server.asked.filter(({ path }) => path === "/api/v1/reset")).toEqual([]);
    await dialog.getByLabel("Reason").fill("after the exercise");
    await dialog.getByRole("button", { name: "Reset to normal" }).click();
    await see(dialog).toBeHidden();
    expect(server.asked.at(-1)).toMatchObject({
      method: "POST",
      path: "/api/v1/reset",
      body: { owner: "live page", reason: "after the exercise" },
    });
  });

  test("a reload that removes too much shows the plan, and is forced with a reason only", async () => {
    const page = await open();
    server.refusal = "the configuration was refused, and nothing has changed: it removes 4 of 5 records";
    await page.getByRole("button", { name: "reload configuration" }).click();
    const dialog = page.getByRole("dialog", { name: "Reload, though it removes so much?" });
    await see(dialog.locator("del")).toHaveCount(4);
    await see(dialog).toContainText("It removes 4 of 5 records, and removal-max is 50%.");
    await dialog.getByLabel("Reason").fill("the pool has moved");
    await dialog.getByLabel("Your name").fill("ops");
    await dialog.getByRole("button", { name: "Reload all the same" }).click();
    await see(dialog).toBeHidden();
    await see(page.getByText("The configuration was read again.")).toBeVisible();
    expect(server.asked.at(-1)).toMatchObject({
      path: "/api/v1/reload",
      body: { force: { owner: "ops", reason: "the pool has moved" } },
    });
  });

  test("a reload with mistakes cannot be forced: its refusal stays beside the button", async () => {
    const page = await open({ plan: { ...greedyPlan, refusal: null } });
    server.refusal = "the configuration was refused, and nothing has changed";
    await page.getByRole("button", { name: "reload configuration" }).click();
    await see(page.locator("footer")).toContainText("the configuration was refused, and nothing has changed");
    await see(page.getByRole("dialog")).toHaveCount(0);
  });
});

describe("how it looks", () => {
  test("no complaints under the content security policy", async () => {
    server = await new PageServer({ folder: built.folder, status: makeLate(at), plan: greedyPlan }).listen();
    const page = await (await browser.newContext()).newPage();
    const { complaints, strangers } = watchPage(page, server.url);
    await page.goto(server.url);
    await page.getByRole("button", { name: "reset to normal …" }).click();
    await see(page.locator("dialog[open] del")).toHaveCount(4);
    expect([...complaints, ...strangers]).toEqual([]);
  });

  test.each([
    [375, "light"],
    [375, "dark"],
    [800, "light"],
    [1320, "light"],
    [2560, "dark"],
  ] as const)("no sideways scrolling at %i px, %s", async (width, colorScheme) => {
    const page = await open({ status: makeLate(at) }, { viewport: { width, height: 900 }, colorScheme });
    await page.getByRole("button", { name: "Show who serves demo.example" }).click();
    await see(page.locator(".place")).toHaveCount(7);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
    await page.getByRole("button", { name: "reset to normal …" }).click();
    await see(page.locator("dialog[open] del")).toHaveCount(4);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
  });
});
