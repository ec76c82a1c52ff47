import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Page, Route } from "playwright-core";
import { received } from "./customer.ts";
import { CUSTOMER, openPage, signIn, useBrowser } from "./page.ts";

useBrowser();

const log = (page: Page) => page.getByRole("log", { name: "Диалог" });
const field = (page: Page) => page.getByRole("textbox", { name: "Сообщение" });

async function write(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press("Control+Enter");
}

/** It stands in the thread and says that it has not gone. */
async function waits(page: Page, text: string): Promise<void> {
  const bubble = log(page).getByRole("article").filter({ hasText: text });
  await bubble.waitFor();
  await bubble.getByRole("img", { name: "Ждёт связи" }).waitFor();
  expect(await field(page).inputValue()).toBe("");
}

/** It has gone, once, and stands once. */
async function went(page: Page, text: string): Promise<void> {
  await expect.poll(async () => (await received(text)).length, { timeout: 45_000 }).toBe(1);
  await log(page).getByRole("article").filter({ hasText: text }).getByRole("img", { name: /Отправлено|Доставлено|Прочитано/u }).waitFor({ timeout: 30_000 });
  expect(await log(page).getByText(text).count()).toBe(1);
}

test("what was written while the connection was gone goes when it is back, once", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await log(page).getByRole("article").first().waitFor();
  await page.context().setOffline(true);
  const text = `Без связи ${randomUUID()}`;
  await write(page, text);
  await waits(page, text);
  await page.context().setOffline(false);
  await went(page, text);
  await page.context().close();
});

test("a dialog whose messages had not come yet takes an answer without a network all the same", async () => {
  const page = await openPage();
  const held: Route[] = [];
  await page.route(/\/ListMessages$/u, (route) => void held.push(route));
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await field(page).waitFor();
  await expect.poll(() => held.length).toBeGreaterThan(0);
  await page.context().setOffline(true);
  const text = `Ещё без переписки ${randomUUID()}`;
  await write(page, text);
  await waits(page, text);

  await page.unroute(/\/ListMessages$/u);
  await page.context().setOffline(false);
  for (const route of held) await route.abort("connectionreset").catch(() => undefined);
  await went(page, text);
  expect(await log(page).getByRole("article").count()).toBeGreaterThan(1);
  await page.context().close();
});

const PARTS = /\/assets\/(?:CustomerPanel|MessageActions|MenuSurface|OtherChannels|VoicePlayer)[^/]*\.(?:js|css)$/u;

test("a part of the page that does not come is told and asked for again; the rest works on", async () => {
  const page = await openPage();
  const refuse = (route: Route): Promise<void> => route.abort("internetdisconnected");
  await page.route(PARTS, refuse);
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await log(page).getByRole("article").first().waitFor();
  const told = page.getByRole("status").filter({ hasText: "Часть страницы не загрузилась." });
  await told.waitFor();
  // What belongs to a message cannot come, and the message stands.
  await log(page).getByRole("article").last().hover();
  const text = `Без части страницы ${randomUUID()}`;
  await write(page, text);
  await went(page, text);
  expect(await page.getByRole("alert").count()).toBe(0);

  await page.unroute(PARTS, refuse);
  await told.getByRole("button", { name: "Повторить" }).click();
  await page.getByRole("complementary", { name: "Клиент" }).getByText("Контактные данные").waitFor();
  await log(page).getByRole("article").last().hover();
  await page.getByRole("toolbar", { name: "Действия с сообщением" }).waitFor();
  await expect.poll(() => told.count(), { timeout: 20_000 }).toBe(0);
  const styles = (): Promise<boolean> => page.evaluate(() => [...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")].every(({ sheet }) => sheet !== null));
  await expect.poll(styles).toBe(true);
  await page.context().close();
});
