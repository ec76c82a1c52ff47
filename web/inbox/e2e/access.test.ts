import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { write } from "./customer.ts";
import { CUSTOMER, go, LOOKS, openPage, signIn, useBrowser, violations, world } from "./page.ts";

useBrowser();

for (const { name, viewport, colorScheme, whole } of LOOKS) {
  test(`axe finds nothing: ${name}`, async () => {
    const page = await openPage({ viewport, colorScheme });
    await page.goto(`${world.url}/sign-in`);
    await page.getByRole("button", { name: "Войти" }).waitFor();
    if (whole) expect(await violations(page), "sign-in").toEqual([]);

    await signIn(page, "/inbox/all");
    await page.getByRole("listitem").first().waitFor();
    expect(await violations(page), "inbox").toEqual([]);

    await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
    await page.getByRole("article").first().waitFor();
    expect(await violations(page), "conversation").toEqual([]);
    if (whole) await overTheInbox(page);

    await go(page, "/settings/channels");
    await page.getByRole("main").getByRole("listitem").first().waitFor();
    expect(await violations(page), "channels").toEqual([]);
    if (whole) {
      await page.getByRole("main").getByRole("listitem").first().getByRole("link").click();
      await page.getByRole("region", { name: "Обработка" }).waitFor();
      expect(await violations(page), "account").toEqual([]);
    }
    await page.context().close();
  });
}

/** What opens over list and dialog. */
async function overTheInbox(page: Page): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Все действия и переходы" }).waitFor();
  expect(await violations(page), "palette").toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Эмодзи" }).click();
  await page.getByRole("listbox", { name: "Эмодзи" }).waitFor();
  expect(await violations(page), "emoji").toEqual([]);
  await page.keyboard.press("Escape");

  await go(page, "/inbox/all?unread=true&state=unassigned");
  await page.getByRole("button", { name: "Сохранить вид" }).or(page.getByRole("button", { name: "Сбросить отбор" })).first().waitFor();
  await page.getByRole("button", { name: "Отбор", exact: true }).click();
  await page.getByRole("button", { name: /^Состояние/u }).click();
  expect(await violations(page), "filter").toEqual([]);
  await page.keyboard.press("Escape");
  await page.goto(`${world.url}/inbox/all`);
  await page.getByRole("listitem").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.getByRole("region", { name: "Выбранные диалоги" }).waitFor();
  expect(await violations(page), "bulk").toEqual([]);
  await page.keyboard.press(".");
  await page.getByRole("menu").waitFor();
  // An open menu lies over the page and in no landmark of it.
  expect((await violations(page)).filter((line) => !line.startsWith("region:")), "row menu").toEqual([]);
  await page.keyboard.press("Escape");
}

test("only what is new is read out: scrolling is silent, one message is one announcement", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  await log.getByRole("article").first().waitFor();
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    const node = document.querySelector("[data-testid=announcer]");
    if (node) new MutationObserver(() => heard.push(node.textContent ?? "")).observe(node, { childList: true, characterData: true, subtree: true });
  });
  for (let step = 0; step < 20; step += 1) await log.evaluate((element) => element.scrollBy(0, -400));
  await log.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  const heard = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
  expect(await heard()).toEqual([]);
  const text = `Прочитайте вслух ${Date.now()}`;
  await write(text);
  await expect.poll(async () => (await heard()).map((line) => line.replaceAll("\u200b", ""))).toEqual([`Покупатель 1: ${text}`]);
  await page.context().close();
});
