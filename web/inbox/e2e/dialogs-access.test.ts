import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { CUSTOMER, LOOKS, openPage, signIn, useBrowser, violations, world } from "./page.ts";

useBrowser();

/** What opens over the inbox, by the way it is opened. Each is closed by Esc and gives the focus back. */
const DIALOGS: Record<string, (page: Page) => Promise<void>> = {
  keys: byKey("Shift+Slash", "Клавиши"),
  transfer: byKey("a", "Перенаправить"),
  snooze: byKey("h", "Отложить обращение"),
  reject: async (page) => {
    await page.getByRole("button", { name: "Другие действия" }).first().click();
    await page.getByRole("menuitem", { name: /^Отклонить/u }).click();
    await page.getByRole("dialog", { name: "Отклонить обращение" }).waitFor();
  },
  later: async (page) => {
    await page.getByRole("textbox", { name: "Сообщение" }).fill("Позже");
    await page.getByRole("button", { name: "Способы отправки" }).click();
    await page.getByRole("menuitem", { name: "Отправить позже" }).click();
    await page.getByRole("dialog", { name: "Отправить позже" }).waitFor();
  },
  picture: async (page) => {
    await page.getByRole("log").getByRole("button", { name: /^Открыть /u }).first().click();
    await page.getByRole("dialog").waitFor();
  },
};

function byKey(key: string, dialog: string): (page: Page) => Promise<void> {
  return async (page) => {
    await page.getByRole("log").focus();
    await page.keyboard.press(key);
    await page.getByRole("dialog", { name: dialog }).waitFor();
  };
}

for (const { name, viewport, colorScheme } of LOOKS.filter(({ whole }) => whole)) {
  test.runIf(world.mock)(`axe finds nothing in what opens over a dialog: ${name}`, async () => {
    const page = await openPage({ viewport, colorScheme, permissions: ["microphone"] });
    await signIn(page, "/inbox/all");
    // Where a picture stands on the screen.
    const row = page.getByRole("listitem", { name: CUSTOMER });
    await row.waitFor();
    await page.goto(`${world.url}/inbox/all/${await row.getAttribute("data-id")}?m=63`);
    await page.getByRole("log").getByRole("button", { name: /^Открыть /u }).first().waitFor();
    for (const [dialog, show] of Object.entries(DIALOGS)) {
      await show(page);
      expect(await violations(page), dialog).toEqual([]);
      await page.keyboard.press("Escape");
      await expect.poll(() => page.getByRole("dialog").count(), { message: dialog }).toBe(0);
    }
    await page.getByRole("textbox", { name: "Сообщение" }).fill("");
    await page.getByRole("button", { name: "Записать голосовое" }).click();
    await page.getByRole("group", { name: "Записать голосовое" }).waitFor();
    expect(await violations(page), "recorder").toEqual([]);
    await page.context().close();
  }, 120_000);
}

for (const { name, viewport } of LOOKS.filter(({ whole, colorScheme }) => whole && colorScheme === "light")) {
  test.runIf(world.mock)(`axe finds nothing in what opens over a list: ${name}`, async () => {
    const page = await openPage({ viewport });
    await signIn(page, "/inbox/all");
    await page.goto(`${world.url}/inbox/all?unread=true`);
    await page.getByRole("button", { name: "Сохранить вид" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    expect(await violations(page), "save a view").toEqual([]);
    await dialog.getByRole("textbox", { name: "Название вида" }).fill(`Вид ${name}`);
    await dialog.getByRole("button", { name: "Сохранить", exact: true }).click();
    await page.waitForURL(/\/inbox\/v-/u);
    await page.getByRole("navigation", { name: "Виды списка" }).getByRole("button", { name: `Вид ${name}` }).click();
    await page.getByRole("button", { name: "Настроить виды" }).waitFor();
    // What lies under the open surface is nobody's target then.
    expect((await violations(page)).filter((line) => !line.includes("partially obscured")), "views").toEqual([]);
    await page.getByRole("button", { name: "Настроить виды" }).click();
    await page.getByRole("dialog", { name: "Настроить виды" }).waitFor();
    expect(await violations(page), "manage views").toEqual([]);
    await page.goto(`${world.url}/settings/profile`);
    await page.getByRole("region", { name: "Код подтверждения при входе" }).getByRole("button", { name: "Включить" }).click();
    await page.getByRole("img", { name: "QR-код для приложения с кодами" }).waitFor();
    expect(await violations(page), "second factor").toEqual([]);
    await page.context().close();
  });
}
