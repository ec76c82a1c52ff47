import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Page, Route } from "playwright-core";
import { CUSTOMER, openPage, signIn, useBrowser } from "./page.ts";

useBrowser();

const field = (page: Page) => page.getByRole("textbox", { name: "Сообщение" });
const bar = (page: Page) => page.getByText("Доступна новая версия");
const update = (page: Page) => page.getByRole("button", { name: "Обновить" });

/** A page that is older than the one that is served by now, with a dialog open. */
async function openOldPage(): Promise<Page> {
  const page = await openPage();
  await page.route(/^https?:\/\/[^/]+\/$/u, (route) => route.fulfill({ contentType: "text/html", body: '<!doctype html><script type="module" src="/assets/newer.js"></script>' }));
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await field(page).waitFor();
  await bar(page).waitFor();
  return page;
}

test("a new version is offered, and taking it up loses no word of a draft", async () => {
  const page = await openOldPage();
  const text = `Недописанное ${randomUUID()}`;
  await field(page).fill(text);
  await page.unrouteAll();
  await Promise.all([page.waitForEvent("load"), update(page).click()]);
  await field(page).waitFor();
  await expect.poll(() => field(page).inputValue()).toBe(text);
  expect(await bar(page).count()).toBe(0);
  await field(page).fill("");
  await page.context().close();
});

test("a file on its way is not cut off by the new version unasked", async () => {
  const page = await openOldPage();
  const held: Route[] = [];
  await page.route(/\/files\/[^/]+$/u, (route) => (route.request().method() === "PUT" ? void held.push(route) : route.continue()));
  await page.locator("input[type=file]").first().setInputFiles({ name: "смета.txt", mimeType: "text/plain", buffer: Buffer.from("1") });
  await expect.poll(() => held.length).toBe(1);
  const asked = page.waitForEvent("dialog");
  const clicked = update(page).click();
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await clicked;
  await held[0]?.continue();
  await page.getByRole("list", { name: "Файлы к отправке" }).getByTitle("смета.txt, загружен").waitFor();
  // The server's copy of the draft would show the file to the tests after this one.
  const saved = page.waitForResponse(/\/SaveDraft$/u);
  await page.getByRole("button", { name: "Убрать смета.txt" }).click();
  await saved;
  await page.context().close();
});
