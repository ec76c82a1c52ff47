import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Report } from "../dev/world.ts";
import { account, dev, world } from "./world.ts";
import { call, chatFrame, kept, openChat, openSite, profile, say, useBrowser, violations } from "./page.ts";

useBrowser();

/** Reports go after two seconds. */
const WAIT = { timeout: 15_000 };

/** What sites have on their pages. */
async function furnish(page: Page): Promise<Page> {
  await page.evaluate(() => {
    const form = Object.assign(document.createElement("form"), { name: "callback", onsubmit: () => false });
    const field = (type: string, value: string, mark?: string, autocomplete = ""): void => {
      const input = Object.assign(document.createElement("input"), { type, value, autocomplete, ariaLabel: `${type} ${mark ?? ""}` });
      if (mark) input.dataset["oknoField"] = mark;
      const line = document.createElement("p");
      line.append(input);
      form.append(line);
    };
    field("text", "Анна", "name");
    field("tel", "8 (999) 000-00-01", "phone");
    field("email", "anna@example.com", "email");
    field("text", "Ленина, 1");
    field("text", "4000 0000 0000 0002", "name", "cc-number");
    field("hidden", "тайна", "email");
    form.append(Object.assign(document.createElement("button"), { textContent: "Перезвоните мне" }));
    const link = Object.assign(document.createElement("a"), { href: "#", textContent: "История посещений" });
    link.dataset["oknoConsent"] = "";
    const about = document.createElement("p");
    about.append(link);
    document.querySelector("main")?.append(form, about);
  });
  return page;
}

const visits = (site: string): Promise<Report[]> => dev<Report[]>(`${site}/visits`);
const steps = async (site: string): Promise<string[]> => (await visits(site)).flatMap(({ visit }) => visit?.steps.map(({ kind, path, name = "" }) => `${kind} ${path} ${name}`.trim()) ?? []);
const yes = (page: Page) => page.getByRole("region", { name: "Согласие на историю посещений" }).getByRole("button", { name: "Можно" });

/** What the browser has sent, and what it holds, of visits. */
async function nothing(page: Page, site: string, sent: string[]): Promise<void> {
  expect(sent).toEqual([]);
  expect(await visits(site)).toEqual([]);
  expect((await kept(page))[`okno.${site}.visits`] ?? "{\"no\":true}").toBe("{\"no\":true}");
}

function reports(page: Page): string[] {
  const sent: string[] = [];
  page.on("request", (request) => request.method() === "POST" && request.url().endsWith("/visits") && sent.push(request.postData() ?? ""));
  return sent;
}

test.runIf(world.mock)("before somebody agrees nothing is kept or sent; a no is a no on the next page, too", async () => {
  const site = await account({ visits: "on", visits_ask: true, storage_consent: true });
  const context = await profile();
  const page = await furnish(await openSite(context, site));
  const sent = reports(page);
  const banner = page.getByRole("region", { name: "Согласие на историю посещений" });
  await banner.waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Перезвоните мне" }).click();
  await page.evaluate(() => history.pushState({}, "", `/${location.search}&more=1`));
  await nothing(page, site, sent);
  await banner.getByRole("button", { name: "Нет" }).click();
  await banner.waitFor({ state: "detached" });
  await page.reload();
  await openChat(page);
  expect(await banner.count()).toBe(0);
  await nothing(page, site, sent);
  await context.close();
});

test.runIf(world.mock)("who agrees is followed from page to page; their word takes all of it back", async () => {
  const site = await account({ visits: "on", visits_ask: true, visits_forms: true, storage_consent: true });
  const context = await profile();
  const page = await furnish(await openSite(context, site, "", "utm_source=ya&"));
  await yes(page).click();
  await expect.poll(() => steps(site), WAIT).toEqual(["page /"]);
  expect((await visits(site))[0]?.visit?.marks).toEqual({ utm_source: "ya" });
  await page.evaluate(() => history.pushState({}, "", "/prices?email=anna@example.com"));
  await expect.poll(() => steps(site), WAIT).toContain("page /prices");
  await page.getByRole("button", { name: "Перезвоните мне" }).click();
  await expect.poll(() => steps(site), WAIT).toContain("form /prices callback");
  expect(JSON.stringify((await visits(site)).map(({ visit }) => visit?.steps.filter(({ kind }) => kind === "page")))).not.toContain("anna");
  const left = (await visits(site)).flatMap(({ visit }) => visit?.steps ?? []).find(({ kind }) => kind === "form")?.left;
  expect(left, "what the site marked, and nothing else").toEqual({ name: "Анна", phone: "8 (999) 000-00-01", email: "anna@example.com" });
  expect(JSON.stringify(await kept(page)), "nothing of it stays in the browser").not.toContain("anna");
  expect(JSON.stringify(await visits(site))).not.toMatch(/Ленина|4000|тайна/u);
  // Another tab needs no question, and is the same visit; who writes is known.
  const other = await furnish(await openSite(context, site));
  await say(await openChat(other), "Здравствуйте");
  await expect.poll(async () => (await visits(site)).some(({ token }) => token), WAIT).toBe(true);
  await expect.poll(() => steps(site), WAIT).toContain("chat /");
  expect(new Set((await visits(site)).map(({ visit }) => visit?.id)).size).toBe(1);
  await other.getByRole("link", { name: "История посещений" }).click();
  await other.getByRole("region", { name: "Согласие на историю посещений" }).getByRole("button", { name: "Нет" }).click();
  await expect.poll(() => visits(site), WAIT).toEqual([]);
  await expect.poll(async () => (await kept(other))[`okno.${site}.visits`], WAIT).toBe("{\"no\":true}");
  await page.evaluate(() => history.pushState({}, "", "/later"));
  await page.waitForFunction(() => location.pathname === "/later");
  await page.close();
  expect(await visits(site)).toEqual([]);
  await context.close();
});

test.runIf(world.mock)("a site that asks by itself says so, also before the script is there; a withdrawal that found no server is told later", async () => {
  const site = await account({ visits: "on", storage_consent: true });
  const context = await profile();
  const page = await furnish(await openSite(context, site));
  await call(page, "consent", true);
  await expect.poll(() => steps(site), WAIT).toEqual(["page /"]);
  expect(await page.getByRole("region", { name: /Согласие/u }).count()).toBe(0);
  await dev(`${site}/faults`, { visits: 503 });
  await call(page, "consent", false);
  await expect.poll(async () => (await kept(page))[`okno.${site}.visits`], WAIT).toContain("gone");
  expect((await visits(site)).length).toBeGreaterThan(0);
  await dev(`${site}/faults`, {});
  await page.reload();
  await expect.poll(() => visits(site), WAIT).toEqual([]);
  await context.close();
});

test.runIf(world.mock)("what is left in forms is told only of who agreed to that, too, and of the same person once they do", async () => {
  const site = await account({ visits: "on", visits_forms: true, storage_consent: true });
  const context = await profile();
  const page = await furnish(await openSite(context, site));
  const left = async (): Promise<unknown[]> => (await visits(site)).flatMap(({ visit }) => visit?.steps ?? []).filter(({ kind }) => kind === "form").map((step) => step.left);
  const send = page.getByRole("button", { name: "Перезвоните мне" });
  const known = { name: "Анна", phone: "8 (999) 000-00-01", email: "anna@example.com" };
  await call(page, "consent", true);
  await expect.poll(() => steps(site), WAIT).toEqual(["page /"]);
  await send.click();
  await expect.poll(left, WAIT).toEqual([undefined]);
  // The site's own words spoke of forms, then ours.
  await call(page, "consent", true, { forms: true });
  await send.click();
  await expect.poll(left, WAIT).toEqual([undefined, known]);
  await call(page, "consent", true, { forms: false });
  await send.click();
  await expect.poll(left, WAIT).toEqual([undefined, known, undefined]);
  // A no is one after another tab's yes, too, said in the same words as before.
  const other = await furnish(await openSite(context, site));
  await call(other, "consent", true, { forms: true });
  await call(page, "consent", true, { forms: false });
  await send.click();
  await expect.poll(left, WAIT).toEqual([undefined, known, undefined, undefined]);
  await page.getByRole("link", { name: "История посещений" }).click();
  await page.getByRole("region", { name: "Согласие на историю посещений" }).getByText(/какие контакты оставляете в формах/u).waitFor();
  await yes(page).click();
  await send.click();
  await expect.poll(left, WAIT).toEqual([undefined, known, undefined, undefined, known]);
  expect(new Set((await visits(site)).map(({ guest }) => guest)).size, "the same person").toBe(1);
  await context.close();
});

test.runIf(world.mock)("an account that does not ask about forms reads nothing of them, and does not speak of them", async () => {
  const site = await account({ visits: "on", visits_ask: true, storage_consent: true });
  const context = await profile();
  const page = await furnish(await openSite(context, site));
  const banner = page.getByRole("region", { name: "Согласие на историю посещений" });
  await banner.waitFor();
  expect(await banner.textContent()).not.toContain("контакты");
  await yes(page).click();
  await call(page, "consent", true, { forms: true });
  await page.getByRole("button", { name: "Перезвоните мне" }).click();
  await expect.poll(() => steps(site), WAIT).toContain("form / callback");
  expect(JSON.stringify(await visits(site))).not.toContain("example.com");
  await context.close();
});

test.runIf(world.mock)("a browser that wants no tracking is not asked and not followed", async () => {
  const site = await account({ visits: "on", visits_ask: true, storage_consent: true });
  const context = await profile();
  await context.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }));
  const page = await furnish(await openSite(context, site));
  const sent = reports(page);
  await call(page, "consent", true);
  await call(page, "open");
  await chatFrame(page);
  await page.getByRole("button", { name: "Перезвоните мне" }).click();
  expect(await page.getByRole("region", { name: /Согласие/u }).count()).toBe(0);
  await nothing(page, site, sent);
  await context.close();
});
