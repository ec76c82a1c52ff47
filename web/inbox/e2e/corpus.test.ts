import { expect, test } from "vitest";
import { CORPUS } from "../dev/corpus.ts";
import { write } from "./customer.ts";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

/** Did anything of it run, or become markup? */
const traces = `({ ran: "ran" in globalThis, scripts: [...document.scripts].filter((script) => !script.src).length, handlers: document.querySelectorAll("[onerror], [onload], [onclick], [onmouseover], iframe, a[href^='javascript:' i], a[href^='data:' i]").length })`;
const NONE = { ran: false, scripts: 0, handlers: 0 };

test("what a customer writes stays text, in the thread and in the row", async () => {
  const page = await openPage();
  page.on("dialog", (dialog) => expect.soft(dialog.message(), "a dialog of theirs").toBe(""));
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  for (const text of CORPUS) {
    await write(text);
    await log.getByText(text, { exact: false }).last().waitFor();
  }
  expect(await page.evaluate(traces)).toEqual(NONE);
  await page.context().close();
});

test.runIf(world.mock)("names, file names, forms and links of strangers stay text as well", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.goto(`${world.url}/inbox/all?q=corpus`);
  const rows = page.getByRole("region", { name: "Список диалогов" }).getByRole("listitem");
  await rows.first().waitFor();
  expect(await rows.count()).toBe(1);
  await rows.first().press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  await log.getByRole("article").first().waitFor();
  await page.getByRole("complementary", { name: "Клиент" }).getByText("Источник").waitFor();
  await log.evaluate((element) => element.scrollTo(0, 0));
  await log.getByRole("link", { name: /^Скачать/u }).first().waitFor();
  expect(await page.evaluate(traces)).toEqual(NONE);
  // The row's menu, the palette and the title carry the same names.
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("corpus");
  await page.getByRole("option", { name: /onerror/u }).first().waitFor();
  expect(await page.evaluate(traces)).toEqual(NONE);
  await page.context().close();
});
