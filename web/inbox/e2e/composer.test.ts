import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { CUSTOMER, openPage, signIn, useBrowser } from "./page.ts";

useBrowser();

const field = (page: Page) => page.getByRole("textbox", { name: "Сообщение" });
const log = (page: Page) => page.getByRole("log", { name: "Диалог" });

async function openDialog(): Promise<Page> {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await log(page).getByRole("article").first().waitFor();
  return page;
}

test("a change that the server did not get stays in the field until it has it", async () => {
  const page = await openDialog();
  const [text, better] = [`Сказано ${randomUUID()}`, `Лучше ${randomUUID()}`];
  await field(page).fill(text);
  await field(page).press("Control+Enter");
  const bubble = log(page).getByRole("article").filter({ hasText: text });
  await bubble.getByRole("img", { name: /Отправлено|Доставлено|Прочитано/u }).waitFor();
  await field(page).press("ArrowUp");
  await page.getByText("Вы меняете отправленное сообщение").waitFor();
  await page.route(/\/EditMessage$/u, (route) => route.abort("internetdisconnected"));
  await field(page).fill(better);
  await field(page).press("Control+Enter");
  await page.getByRole("button", { name: "Скрыть" }).click();
  expect(await field(page).inputValue()).toBe(better);
  await page.unroute(/\/EditMessage$/u);
  await field(page).press("Control+Enter");
  await log(page).getByText(better).waitFor();
  await expect.poll(() => field(page).inputValue()).toBe("");
  await page.context().close();
});

test("files that one message does not take are named", async () => {
  const page = await openDialog();
  // The dialog is the other tests' as well: its draft stays as it is.
  await page.route(/\/SaveDraft$/u, (route) => route.abort("internetdisconnected"));
  const chosen = Array.from({ length: 22 }, (_, index) => ({ name: `${index + 1}.txt`, mimeType: "text/plain", buffer: Buffer.from("1") }));
  await page.locator("input[type=file]").first().setInputFiles(chosen);
  await page.getByText(/Не\sприложены\s2\sфайла: 21\.txt, 22\.txt/u).waitFor();
  await expect.poll(() => page.getByRole("list", { name: "Файлы к отправке" }).getByRole("listitem").count()).toBe(20);
  await page.context().close();
});

test("emoji are found by walking, and taken by Enter", async () => {
  const page = await openDialog();
  await page.route(/\/SaveDraft$/u, (route) => route.abort("internetdisconnected"));
  await page.getByRole("button", { name: "Эмодзи" }).press("Enter");
  const selected = page.getByRole("listbox", { name: "Эмодзи" }).getByRole("option", { selected: true });
  for (const key of ["ArrowDown", "ArrowRight", "ArrowUp"]) await page.getByRole("combobox", { name: /эмодзи/iu }).press(key);
  const emoji = (await selected.textContent()) ?? "";
  expect(emoji).not.toBe("");
  await page.keyboard.press("Enter");
  await expect.poll(() => field(page).inputValue()).toContain(emoji);
  await page.context().close();
});
