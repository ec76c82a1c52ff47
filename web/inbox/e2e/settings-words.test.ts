import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { catalogue } from "../src/i18n/catalogue.ts";
import { openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

/** Every route of the settings: what stands on it when it is there, and how one gets to it. */
const WALK: Record<string, { at: string; ready: string; via?: string }> = {
  "/employees": { at: "employees?dismissed=true", ready: "tbody tr" },
  "/employees/new": { at: "employees/new", ready: "input[name=name]" },
  "/employees/$employeeId": { at: "employees", via: "tbody a", ready: "fieldset input[name=name]" },
  "/departments": { at: "departments", ready: "[role=treeitem]" },
  "/$departmentId": { at: "departments", via: "[role=treeitem]", ready: "main section" },
  "/roles": { at: "roles", ready: "tbody tr" },
  "/schedules": { at: "schedules", ready: "main li a" },
  "/schedules/$scheduleId": { at: "schedules", via: "main li a", ready: "fieldset" },
  "/channels": { at: "channels", ready: "main ul li a" },
  "/channels/new/$channel": { at: "channels/new/telegram", ready: "form" },
  "/channels/$accountId": { at: "channels", via: "main ul li a", ready: "fieldset" },
  "/quarantine": { at: "quarantine", ready: "main input[type=checkbox]" },
  "/mailings": { at: "mailings", ready: "main a[href$=unsubscribed]" },
  "/$mailingId": { at: "mailings/new", ready: "main textarea" },
  "/consent": { at: "consent", ready: "main [data-tone=red]" },
  "/cards": { at: "cards", ready: "main details" },
  "/leads": { at: "leads", ready: "main section" },
  "/personal-data": { at: "personal-data", ready: "main section input" },
  "/access-log": { at: "access-log", ready: "main select" },
  "/potential": { at: "potential", ready: "main select" },
  "/directories": { at: "directories?list=region", ready: "main section" },
  "/profile": { at: "profile", ready: "select" },
  "/notifications": { at: "notifications", ready: "input[type=range]" },
};

/** Everything that is written or said, piece by piece: texts, names, hints. */
function pieces(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) found.push(walker.currentNode.textContent ?? "");
    for (const node of document.querySelectorAll("[aria-label], [title], [placeholder]")) for (const name of ["aria-label", "title", "placeholder"]) found.push(node.getAttribute(name) ?? "");
    return [...new Set(found.map((text) => text.replaceAll("\u00a0", " ").trim()).filter(Boolean))];
  });
}

/** Of a text with so few letters of its own, only numbers are taken for what was put in: "{n} of {all}" is in many a name. */
const FEW = 12;

/** What the page says in a language alone: as expressions, for a text may have something put into it. */
function sayings(own: "ru" | "en", other: "ru" | "en"): RegExp[] {
  const letters = own === "ru" ? /[а-яё]{2}/iu : /[a-z]{2}/iu;
  const texts = Object.entries(catalogue[own]).flatMap(([key, text]) => {
    const forms = typeof text === "string" ? [text] : Object.values(text);
    return JSON.stringify(catalogue[other][key]) === JSON.stringify(text) ? [] : forms;
  });
  const fixed = (text: string) => text.replaceAll(/\{\w+\}/gu, "");
  const escaped = (part: string) => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, "\\$&");
  return texts
    .filter((text) => letters.test(fixed(text)))
    .map((text) => {
      const value = fixed(text).replaceAll(/\P{L}/gu, "").length < FEW ? String.raw`[\d\s.,:%/–-]+` : ".+";
      return new RegExp(`^${text.replaceAll("\u00a0", " ").split(/\{\w+\}/u).map(escaped).join(value)}$`, "u");
    });
}

const PARTS = [...new Set(Object.keys(catalogue.ru).map((key) => key.split(".")[0]))].join("|");
const KEY = new RegExp(String.raw`^(?:${PARTS})\.[a-z][\w.]+$`, "u");
const STRANGE = /тикет|\bлид(?:ы|ов)?\b|чаты\b|юзер|аккаунт|менеджер(?! паролей)|переда(?:но вам|вать обращ)/iu;

/** Each language is called in itself; a department and a schedule of the sample company happen to sound like the page. */
const NAMES = ["Русский", "English", "Компания", "Поддержка, каждый день"];

async function walk(page: Page, foreign: readonly RegExp[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const [route, { at, via, ready }] of Object.entries(WALK)) {
    await page.goto(`${world.url}/settings/${at}`);
    if (via) await page.locator(via).first().click();
    await page.locator(ready).first().waitFor();
    const said = (await pieces(page)).filter((piece) => !NAMES.includes(piece));
    for (const piece of said) if (KEY.test(piece) || STRANGE.test(piece) || foreign.some((saying) => saying.test(piece))) wrong.push(`${route}: ${piece}`);
  }
  return wrong;
}

test("the walk knows every route of the settings", () => {
  const routes = readFileSync(new URL("../src/app/settingsRoutes.ts", import.meta.url), "utf8");
  const paths = [...routes.matchAll(/path: "(\/[^"]*)"/gu)].map(([, path]) => path).filter((path) => path !== "/" && path !== "/settings");
  expect(Object.keys(WALK).sort()).toEqual(paths.sort());
});

// acceptance: XC-7
test.runIf(world.mock)("every screen of the settings speaks Russian in the words of the original, and English", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  // As one text: of a list a failure says only how long it is.
  expect((await walk(page, sayings("en", "ru"))).join("; ")).toBe("");
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("ru");

  await page.getByRole("button", { name: /присутствие и вид/u }).click();
  await page.getByRole("menuitemradio", { name: "English" }).click();
  await page.getByRole("button", { name: /presence and preferences/u }).waitFor();
  try {
    expect((await walk(page, sayings("ru", "en"))).join("; ")).toBe("");
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
  } finally {
    // The choice is kept with the account: whatever failed here, the tests after this one read Russian.
    await page.getByRole("button", { name: /presence and preferences/u }).click();
    await page.getByRole("menuitemradio", { name: "Русский" }).click();
    await page.getByRole("button", { name: /присутствие и вид/u }).waitFor();
  }
  await page.context().close();
});
