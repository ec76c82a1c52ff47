import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { CUSTOMER, openPage, signIn, useBrowser } from "./page.ts";

useBrowser();

const field = (page: Page) => page.getByRole("textbox", { name: "Сообщение" });
const log = (page: Page) => page.getByRole("log", { name: "Диалог" });
/** What this browser keeps of customers' texts. */
const kept = (page: Page): Promise<string[]> => page.evaluate(() => Object.keys(localStorage).filter((name) => /^okno\.(?:draft|outbox|notices)\./u.test(name)));

async function openDialog(): Promise<Page> {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await log(page).getByRole("article").first().waitFor();
  return page;
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /присутствие и вид/u }).click();
  await page.getByRole("menuitem", { name: "Выйти" }).click();
}

test("a sign-out that does not reach the server says so, and is tried again", async () => {
  const page = await openDialog();
  await page.route(/\/SignOut$/u, (route) => route.abort("internetdisconnected"));
  await signOut(page);
  const failed = page.getByRole("dialog", { name: "Выйти не удалось." });
  await failed.waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/inbox/u);
  await page.unroute(/\/SignOut$/u);
  await failed.getByRole("button", { name: "Повторить" }).click();
  await page.waitForURL(/\/sign-in/u);
  expect(await kept(page)).toEqual([]);
  await page.context().close();
});

test("replies that wait are not thrown away unasked, and to stay is the first choice", async () => {
  const page = await openDialog();
  await page.route(/\/SendMessage$/u, (route) => route.abort("internetdisconnected"));
  const text = `Ждёт ${randomUUID()}`;
  await field(page).fill(text);
  await field(page).press("Control+Enter");
  await log(page).getByText(text).waitFor();
  await signOut(page);
  const asked = page.getByRole("dialog", { name: "Не всё отправлено" });
  await asked.getByText("Ответы ждут отправки: 1").waitFor();
  await page.keyboard.press("Enter");
  await expect.poll(() => asked.count()).toBe(0);
  expect((await kept(page)).some((name) => name.startsWith("okno.outbox."))).toBe(true);

  await signOut(page);
  await asked.getByRole("button", { name: "Выйти и стереть" }).click();
  await page.waitForURL(/\/sign-in/u);
  expect(await kept(page)).toEqual([]);
  await page.context().close();
});
