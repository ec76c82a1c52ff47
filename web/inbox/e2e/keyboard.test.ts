import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { received, write } from "./customer.ts";
import { CUSTOMER, openPage, pressRussian, signIn, useBrowser, world } from "./page.ts";

useBrowser();

test("the whole job is done without a mouse", async () => {
  const page = await openPage();
  await page.goto(`${world.url}/sign-in?next=/inbox/all`);
  await expect.poll(() => page.getByRole("textbox", { name: "Логин" }).evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.type(world.login);
  await page.keyboard.press("Tab");
  await page.keyboard.type(world.password);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/inbox/all");
  const list = page.getByRole("region", { name: "Список диалогов" });
  await list.getByRole("listitem").first().waitFor();
  const question = `С клавиатуры ${randomUUID()}`;
  await write(question);
  await list.getByRole("listitem").filter({ hasText: question }).waitFor();

  // The newest stands first; J goes in, Enter opens and leads to the messages.
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  await log.getByText(question).waitFor();
  await expect.poll(() => log.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  await page.keyboard.press("t");
  await page.getByRole("button", { name: "Завершить" }).waitFor();

  await page.keyboard.press("r");
  const field = page.getByRole("textbox", { name: "Сообщение" });
  await expect.poll(() => field.evaluate((element) => element === document.activeElement)).toBe(true);
  const kept = `Уйдёт ${randomUUID()}`;
  await page.keyboard.type(kept);
  await page.keyboard.press("Control+Enter");
  await log.getByText(kept).waitFor();

  // Ctrl+Z in the empty field has a reply back, as it was.
  const taken = `Не уйдёт ${randomUUID()}`;
  await page.keyboard.type(taken);
  await page.keyboard.press("Control+Enter");
  await log.getByText(taken).waitFor();
  await page.keyboard.press("Control+z");
  await expect.poll(() => field.inputValue()).toBe(taken);
  await expect.poll(() => log.getByText(taken).count()).toBe(0);
  await field.fill("");

  await page.keyboard.press("Escape");
  await expect.poll(() => log.evaluate((element) => element === document.activeElement)).toBe(true);
  await expect.poll(async () => (await received(kept)).length, { timeout: 30_000 }).toBe(1);
  expect(await received(taken)).toHaveLength(0);

  // E finishes and goes on, Z takes it back.
  await page.keyboard.press("e");
  await page.getByText("Диалог завершён.").waitFor();
  await page.keyboard.press("z");
  await expect.poll(() => page.getByText("Диалог завершён.").count()).toBe(0);
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await log.getByText(/Открыто снова/u).last().waitFor();
  await page.context().close();
});

test("a colleague is mentioned in a note, and the customer never sees it", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await page.getByRole("log").waitFor();
  await page.keyboard.press("n");
  const field = page.getByRole("textbox", { name: "Заметка" });
  await field.waitFor();
  const text = `Проверьте ${randomUUID()} @`;
  await page.keyboard.type(text);
  await page.getByRole("listbox", { name: "Упомянуть коллегу" }).waitFor();
  await page.keyboard.press("Enter");
  const note = await page.locator("#composer").inputValue();
  expect(note.length).toBeGreaterThan(text.length);
  await page.keyboard.press("Control+Enter");
  await page.getByRole("log").getByText(note.trim()).waitFor();
  await page.getByText("Видят только сотрудники").first().waitFor();
  expect(await received(note.trim())).toHaveLength(0);
  await page.context().close();
});

test("keys work on the Russian layout", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem").first().waitFor();
  await pressRussian(page, "о", "KeyJ");
  await expect.poll(() => page.evaluate(() => document.activeElement?.closest("li") !== null)).toBe(true);
  await pressRussian(page, ".", "Slash");
  await expect.poll(() => page.getByRole("searchbox").evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("Escape");
  const client = await page.context().newCDPSession(page);
  await client.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: ",", code: "Slash", modifiers: 8, windowsVirtualKeyCode: 191 });
  await page.getByRole("dialog", { name: "Клавиши" }).waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  await page.context().close();
});

const TITLE = /^(?:\(\d+\) )?Покупатель 1 · Диалоги · Okno$/u;

test("what is on screen is in the address, and Back goes one step back", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await page.getByRole("log").waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/inbox\/all\/[0-9a-f-]{36}$/u);
  expect(await page.title()).toMatch(TITLE);
  const copy = await page.context().newPage();
  await copy.goto(page.url());
  await copy.getByRole("log", { name: "Диалог" }).waitFor();
  await expect.poll(() => copy.title()).toMatch(TITLE);
  await page.goBack();
  expect(new URL(page.url()).pathname).toBe("/inbox/all");
  await page.context().close();
});
