import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { picture } from "../../testing/picture.ts";
import { received, sendPhoto, write } from "./customer.ts";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

// acceptance: DI-4, DI-6
test("the customer writes, the operator sees it without reload, answers with a picture, the customer gets it once", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).waitFor();
  let loads = 0;
  page.on("load", () => (loads += 1));

  const question = `Вопрос ${randomUUID()}`;
  await write(question);
  const row = page.getByRole("region", { name: "Список диалогов" }).getByRole("listitem", { name: CUSTOMER });
  await row.filter({ hasText: question }).waitFor();
  await row.filter({ hasText: question }).press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  await log.getByText(question).waitFor();

  // A picture of the customer's comes as well.
  await sendPhoto(picture(320, 240, 2));
  await log.getByRole("button", { name: /^Открыть / }).last().waitFor();

  const take = page.getByRole("button", { name: "Взять", exact: true }).first();
  if (await take.isVisible()) await take.click();
  const field = page.getByRole("textbox", { name: "Сообщение" });
  const answer = `Ответ ${randomUUID()}`;
  await page.getByTestId("files").setInputFiles({ name: "window.png", mimeType: "image/png", buffer: picture(400, 300, 5) });
  await page.getByRole("list", { name: "Файлы к отправке" }).getByText("window.png").waitFor();
  await field.fill(answer);
  await page.locator('button:not([aria-disabled="true"])', { hasText: "Отправить" }).first().waitFor();
  await field.press("Control+Enter");

  const bubble = log.getByRole("article").filter({ hasText: answer });
  await bubble.waitFor();
  await bubble.getByRole("img", { name: /Отправлено|Доставлено|Прочитано/u }).waitFor({ timeout: 30_000 });
  await expect.poll(async () => (await received(answer)).length, { timeout: 30_000 }).toBe(1);
  expect((await received(answer))[0]?.photo).toBeTruthy();
  expect(await bubble.count()).toBe(1);
  expect(await field.inputValue()).toBe("");

  // Nothing comes a second time, and nothing was loaded anew.
  await write(`Спасибо ${answer}`);
  await log.getByText(`Спасибо ${answer}`).waitFor();
  expect(await received(answer)).toHaveLength(1);
  expect(loads).toBe(0);
  await page.context().close();
});

for (const way of ["a shared worker", "tabs that take turns"]) {
  test(`all tabs follow one stream, held by ${way}; one that closes takes nothing along`, async () => {
    const page = await openPage();
    if (way !== "a shared worker") await page.context().addInitScript("delete globalThis.SharedWorker");
    await signIn(page, "/inbox/all");
    const second = await page.context().newPage();
    await second.goto(`${world.url}/inbox/all`);
    await second.getByRole("listitem", { name: CUSTOMER }).waitFor();
    const both = `Во все вкладки ${randomUUID()}`;
    await write(both);
    for (const tab of [page, second]) await tab.getByRole("listitem").filter({ hasText: both }).waitFor();
    await page.close();
    const rest = `В оставшуюся ${randomUUID()}`;
    await write(rest);
    await second.getByRole("listitem").filter({ hasText: rest }).waitFor();
    await second.context().close();
  });
}

test("a tab that is closed before the answer came loses nothing and doubles nothing", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  const field = page.getByRole("textbox", { name: "Сообщение" });
  await field.waitFor();
  // The call arrives, its answer never does.
  await page.route(/SendMessage$/u, async (route) => {
    await route.fetch();
  });
  const text = `Закрытая вкладка ${randomUUID()}`;
  await field.fill(text);
  const called = page.waitForRequest(/SendMessage$/u);
  await field.press("Control+Enter");
  await called;
  await expect.poll(async () => (await received(text)).length, { timeout: 30_000 }).toBe(1);
  const address = page.url();
  const next = await page.context().newPage();
  await page.close();
  // What counts is the thread. "load" waits for every picture and font as well, on a server that may be busy.
  await next.goto(address, { waitUntil: "domcontentloaded" });
  await next.getByRole("log").getByText(text).waitFor();
  await expect.poll(() => next.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("okno.outbox.")).length)).toBe(0);
  expect(await next.getByRole("log").getByText(text).count()).toBe(1);
  expect(await received(text)).toHaveLength(1);
  await next.context().close();
});
