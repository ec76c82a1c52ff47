import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { received, write } from "./customer.ts";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";
import { openServer, restart, type Server } from "./server.ts";

useBrowser();

let server: Server;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => (world.power ? undefined : server.goAway()));

const log = (page: Page) => page.getByRole("log", { name: "Диалог" });
const field = (page: Page) => page.getByRole("textbox", { name: "Сообщение" });
const away = (page: Page) => page.getByText("Нет связи. Пишите дальше").filter({ visible: true });

/** Where the writer is: the text, the caret, the focus, and the place of a message on the screen. */
const place = (page: Page, messageId: string) =>
  page.evaluate((id) => {
    const box = document.querySelector<HTMLTextAreaElement>("#composer");
    const top = document.querySelector(`[data-message="${id}"]`)?.getBoundingClientRect().top;
    return { text: box?.value, caret: box?.selectionStart, focused: box === document.activeElement, top: Math.round(top ?? Number.NaN) };
  }, messageId);

/** A message that is seen, not only drawn. */
const onScreen = (page: Page): Promise<string> =>
  log(page).evaluate((box) => {
    const { top, bottom } = box.getBoundingClientRect();
    const seen = [...box.querySelectorAll<HTMLElement>("[data-message]")].find((article) => article.getBoundingClientRect().top > top && article.getBoundingClientRect().top < bottom);
    return seen?.dataset["message"] ?? "";
  });

test("the server restarts while an operator types: nothing is lost, nothing moves, and the stream goes on where it was", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all", world, server.url);
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await log(page).getByRole("article").first().waitFor();
  // Reads further up and types into the middle of a line.
  for (let n = 0; n < 5; n += 1) await write(`${"Длинная строка о том же самом.\n".repeat(12)}${randomUUID()}`);
  await log(page).getByRole("article").nth(4).waitFor();
  await log(page).evaluate((element) => element.scrollBy(0, -700));
  await field(page).fill("Добрый , проверяю");
  await field(page).evaluate((element: HTMLTextAreaElement) => element.setSelectionRange(7, 7));
  const read = await onScreen(page);
  const { top } = await place(page, read);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  let loads = 0;
  page.on("load", () => (loads += 1));

  const missed = `Пока сервера не было ${randomUUID()}`;
  await restart(server, async () => {
    await away(page).first().waitFor();
    await page.keyboard.type("день");
    await write(missed);
  });

  await page.getByRole("main").getByRole("button", { name: /\d нов/u }).last().waitFor({ timeout: 45_000 });
  await expect.poll(() => away(page).count()).toBe(0);
  await page.keyboard.type("!");
  // The line about the connection takes its place for some seconds.
  await expect.poll(() => place(page, read)).toEqual({ text: "Добрый день!, проверяю", caret: 12, focused: true, top });
  await log(page).evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await log(page).getByText(missed).waitFor();
  expect(loads).toBe(0);
  // What was missed came by the stream: the thread was not asked for anew.
  expect(asked.filter((path) => path.endsWith("/ListMessages"))).toEqual([]);

  const answer = `Добрый день ${randomUUID()}`;
  await field(page).fill(answer);
  await field(page).press("Control+Enter");
  await expect.poll(async () => (await received(answer)).length, { timeout: 45_000 }).toBe(1);
  await page.context().close();
}, 120_000);

test("an answer that is on its way while the server goes arrives once", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all", world, server.url);
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await log(page).getByRole("article").first().waitFor();
  const text = `Между двумя серверами ${randomUUID()}`;
  await field(page).fill(text);
  // The call arrives, its answer is cut off with the server.
  await page.route(/SendMessage$/u, async (route) => void (await route.fetch()), { times: 1 });
  await field(page).press("Control+Enter");
  await expect.poll(async () => (await received(text)).length, { timeout: 30_000 }).toBe(1);
  await restart(server, () => away(page).first().waitFor());
  await log(page).getByRole("article").filter({ hasText: text }).getByRole("img", { name: /Отправлено|Доставлено|Прочитано/u }).waitFor({ timeout: 30_000 });
  expect(await log(page).getByText(text).count()).toBe(1);
  expect(await received(text)).toHaveLength(1);
  await page.context().close();
}, 120_000);
