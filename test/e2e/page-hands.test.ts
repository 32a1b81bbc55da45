/**
 * What people set by hand, on the live page in a real browser: lists with owner, reason and end, the forms that set and end
 * each, the record of who did what, and who looks from where.
 */
import type { Browser, BrowserContextOptions, Page } from "@playwright/test";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type BuiltPage, buildPage, launchBrowser, see } from "../fakes/page-browser.ts";
import { makeActs, makeEvent, makeHands, makeStatus, makeStory, suspectedMember } from "../fakes/page-scenes.ts";
import { type Asked, PageServer, type PageServerOptions } from "../fakes/page-server.ts";

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

async function open(options: Partial<PageServerOptions> = {}, browsing: BrowserContextOptions = {}): Promise<Page> {
  const events = [...makeStory(at), ...makeActs(at)];
  server = await new PageServer({ folder: built.folder, status: makeHands(at), events, ...options }).listen();
  const context = await browser.newContext({ reducedMotion: "reduce", ...browsing });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  // Time stands still: a line may break elsewhere when a unit changes, and this is about what the controller sends.
  await page.clock.setFixedTime(at);
  await page.goto(server.url);
  return page;
}

const hands = (page: Page) => page.getByRole("region", { name: "By hand" });
const looks = (page: Page) => page.getByRole("region", { name: "Who looks" });
const row = (page: Page, label: string) => page.locator(".member", { has: page.getByText(label, { exact: true }) });

/** Opens a dialog by its button, gives a reason, and says yes; the answer is what the controller was asked. */
async function act(page: Page, button: string, yes: string): Promise<Asked | undefined> {
  await hands(page).getByRole("button", { name: button }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("seen to");
  await dialog.getByLabel("Your name").fill("eve");
  await dialog.getByRole("button", { name: yes, exact: true }).click();
  await see(dialog).toBeHidden();
  return server.asked.findLast(({ method }) => method !== "GET");
}

test("D9 all that is set by hand is listed with who, why and until when", async () => {
  const page = await open();
  await see(hands(page).locator(".row")).toHaveCount(7);
  const line = (name: string) => hands(page).getByRole("listitem", { name });
  await see(line("pinned: db.demo.example to 192.0.2.20")).toContainText("by ann: moving house.");
  await see(line("pinned: db.demo.example to 192.0.2.20")).toContainText(/ends .*in (2|3).h/);
  await see(line("drained: web2")).toContainText("by ops: kernel update.");
  await see(line("held for flapping: web3")).toContainText("it changed 31 times within 60 min.");
  await see(line("in maintenance: disk")).toContainText("by bob: new disk.");
  await see(line("comes again: nightly: web2")).toContainText("begins");
  await see(line("comes again: backups: web3, Sun 02:00 Europe/Berlin, until")).toContainText(
    "by eve: copies to tape.",
  );
  await see(line("held back: db-main")).toContainText("until somebody says that it is real");
  server.show(makeStatus(at));
  await see(hands(page)).toContainText("nothing is set, nothing waits");
});

test.each([
  ["Unpin: db.demo.example", "Unpin", "DELETE", "pins/db.demo.example?"],
  ["Enable: web2", "Enable", "DELETE", "overrides/www.demo.example%2F192.0.2.11?"],
  ["Release: web3", "Release", "DELETE", "holds/www.demo.example%2F2001%3Adb8%3A%3A7?"],
  ["End maintenance: disk", "End maintenance", "DELETE", "maintenance/disk?"],
  ["End maintenance: backups", "End maintenance", "DELETE", "maintenance/backups?"],
  ["Cancel maintenance: backups", "Cancel maintenance", "DELETE", "maintenance/backups/series?"],
  ["Release the brake: db-main", "Release the brake", "DELETE", "brake?"],
])("D9 M8 %s, with owner and reason", async (button, yes, method, path) => {
  const page = await open();
  const asked = await act(page, button, yes);
  expect(asked).toMatchObject({ method, path: `/api/v1/${path}owner=eve&reason=seen+to` });
});

test("a window of maintenance is planned from a pool's card and from the list, with its end; keys alone suffice", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Plan maintenance of www.demo.example …" }).click();
  const dialog = page.getByRole("dialog", { name: "Plan maintenance" });
  await see(dialog.getByLabel("Members and pools")).toHaveValue("www.demo.example");
  await dialog.getByLabel("Members and pools").fill("www.demo.example, db-main");
  await dialog.getByLabel("Reason").fill("new disk");
  await dialog.getByLabel("Begins").fill("2030-01-02T03:04");
  await dialog.getByLabel("4 h").check();
  await dialog.getByRole("button", { name: "Plan maintenance" }).click();
  await see(dialog).toBeHidden();
  const from = new Date("2030-01-02T03:04").getTime();
  const about = { members: ["db-main"], pools: ["www.demo.example"], reason: "new disk", owner: "live page" };
  expect(server.asked.at(-1)).toMatchObject({
    path: "/api/v1/maintenance",
    body: { ...about, from, forSeconds: 14_400 },
  });
  await hands(page).getByRole("button", { name: "plan maintenance …" }).press("Enter");
  await dialog.getByRole("checkbox", { name: "everything" }).press("Space");
  await dialog.getByLabel("Reason").press("x");
  await page.keyboard.press("Enter");
  await see(dialog).toBeHidden();
  expect(server.asked.at(-1)?.body).toEqual({
    members: [],
    pools: [],
    reason: "x",
    owner: "live page",
    forSeconds: 3600,
  });
});

test("D9 a window that comes again is planned with its days, its clock and its end", async () => {
  const page = await open();
  await hands(page).getByRole("button", { name: "plan maintenance …" }).click();
  const dialog = page.getByRole("dialog", { name: "Plan maintenance" });
  await dialog.getByLabel("Members and pools").fill("db-main");
  await dialog.getByLabel("Reason").fill("backups");
  await dialog.getByText("again and again").click();
  await dialog.getByRole("textbox", { name: "Every (" }).fill("Sun 02:00");
  await see(dialog.getByLabel("Begins")).toBeDisabled();
  await dialog.getByLabel("By the clock of").fill("Europe/Berlin");
  await dialog.getByLabel("Until").fill("2031-01-01T00:00");
  await dialog.getByRole("button", { name: "Plan maintenance" }).click();
  await see(dialog).toBeHidden();
  expect(server.asked.at(-1)?.body).toEqual({
    members: ["db-main"],
    pools: [],
    reason: "backups",
    owner: "live page",
    forSeconds: 3600,
    every: "Sun 02:00",
    timeZone: "Europe/Berlin",
    until: new Date("2031-01-01T00:00").getTime(),
  });
});

test("the record says who did what, when, why, and what was before and after; what is done meanwhile appears", async () => {
  const page = await open();
  await hands(page).getByRole("button", { name: "who did what" }).click();
  const acts = hands(page).locator(".act");
  await see(acts).toHaveCount(2);
  await see(acts.first()).toContainText("bob enables www.demo.example/192.0.2.11: booted.");
  await see(acts.first().locator(".change")).toHaveText("before drain after none");
  expect(server.asked.some(({ path }) => path.includes("operator=true"))).toBe(true);
  const pin = { kind: "override", subject: "db.demo.example", rule: "operator/pin", from: "a", to: "b" } as const;
  server.tell({ ...makeEvent(70, at, { ...pin, sentence: "eve pins it" }), by: { owner: "eve", reason: "why" } });
  await see(acts.first()).toContainText("eve pins it.");
});

test("D6 watchers and references: who is heard, who does not vote, and where a member looks different", async () => {
  const page = await open();
  await see(looks(page).locator(".row")).toHaveCount(5);
  await see(looks(page).getByRole("listitem", { name: "watcher fra: well" })).toContainText("It looks at 5 targets.");
  await see(looks(page).getByRole("listitem", { name: "watcher nyc: well" })).toContainText("1 target looks different");
  await see(looks(page).getByRole("listitem", { name: "watcher osl: late" })).toContainText("It does not vote.");
  await see(looks(page).getByRole("listitem", { name: "reference 192.0.2.1: up" })).toContainText("tcp 53");
  await see(row(page, "web1").locator(".opinion")).toHaveText(["self down", "fra up", "nyc up", "osl late"]);
  await see(row(page, "web1")).toContainText("route, not server");
  await see(page.locator(".details")).toContainText("web1 is up from fra and nyc, down from self: route, not server.");
});

test("the strip shows suspicions and what was held out by hand beside the health", async () => {
  const page = await open();
  await see(row(page, "web2").locator("rect[data-over=suspected]")).toHaveCount(1);
  await see(row(page, "db-standby").locator("rect[data-over=hold]")).toHaveCount(1);
  const strip = row(page, "db-standby").locator(".strip");
  await strip.focus();
  await page.keyboard.press("ArrowLeft");
  await see(strip.locator(".tip")).toContainText("up, drained");
  await see(strip.locator(".tip")).toContainText("ops drained 198.51.100.20 for 5 min: backup.");
  const doubt = {
    kind: "suspicion",
    subject: "192.0.2.10 http:80",
    rule: "health/suspect",
    sentence: "no answer",
  } as const;
  server.tell(makeEvent(80, at, doubt));
  server.show(makeStatus(at, { web1: suspectedMember(at) }));
  await see(row(page, "web1").locator("rect[data-over=suspected]")).toHaveCount(1);
});

test("with a token the forms work as well", async () => {
  const page = await open({ token: "open sesame" });
  await page.getByLabel("Token").fill("open sesame");
  await page.getByRole("button", { name: "Open" }).click();
  const asked = await act(page, "Release the brake: db-main", "Release the brake");
  expect(asked).toMatchObject({ method: "DELETE", path: expect.stringContaining("/api/v1/brake?") });
  await hands(page).getByRole("button", { name: "who did what" }).click();
  await see(hands(page).locator(".act")).toHaveCount(2);
});

test.each([375, 768, 1320, 2560])("nothing scrolls sideways at %i px, and new numbers move nothing", async (width) => {
  const page = await open({}, { viewport: { width, height: 900 } });
  await hands(page).getByRole("button", { name: "who did what" }).click();
  await see(hands(page).locator(".act")).toHaveCount(2);
  expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
  const boxes = () =>
    page.evaluate<string>(
      "JSON.stringify([...document.querySelectorAll('.row, .act, .pool')].map((e) => e.getBoundingClientRect()))",
    );
  const before = await boxes();
  const status = makeHands(at);
  const pools = status.pools.map((pool) => {
    return { ...pool, members: pool.members.map((member) => ({ ...member, responseMs: 1340.2 })) };
  });
  server.show({ ...status, pools });
  await see(row(page, "web1").locator(".speed")).toContainText("1.3 s");
  expect(JSON.parse(await boxes())).toEqual(JSON.parse(before));
});
