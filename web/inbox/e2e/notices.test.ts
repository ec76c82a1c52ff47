import { randomUUID } from "node:crypto";
import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { write } from "./customer.ts";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";
import { open } from "./settings.ts";

useBrowser();

type Heard = { popups: { title: string; body: string; tag: string }[]; notes: number };

/** Counts what the browser would show and sound, in every tab of the profile. */
async function listen(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const heard = { popups: [] as object[], notes: 0 };
    class Shown extends EventTarget {
      static permission = "granted";
      static requestPermission = () => Promise.resolve("granted");
      onclick: (() => void) | null = null;
      constructor(title: string, options: { body: string; tag: string }) {
        super();
        heard.popups.push({ title, body: options.body, tag: options.tag });
        Object.assign(globalThis, { lastShown: this });
      }
      close(): void {}
    }
    Object.assign(globalThis, { heard, Notification: Shown });
    const make = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function (this: AudioContext) {
      heard.notes += 1;
      return make.call(this);
    };
  });
}

const heard = (page: Page): Promise<Heard> => page.evaluate(() => (globalThis as unknown as { heard: Heard }).heard);
const bell = (page: Page) => page.getByRole("navigation", { name: "Рабочие места" }).getByRole("button", { name: /^Уведомления/u });

/** A tab that is signed in, listens, and was touched: browsers let no sound out before. */
async function listening(next: string): Promise<Page> {
  const page = await openPage();
  await listen(page.context());
  await signIn(page, next);
  await bell(page).waitFor();
  await page.locator("h1, [role=region]").first().click();
  return page;
}

test.runIf(world.mock)("one tab rings for a message that nobody sees, and its click opens the dialog", async () => {
  const first = await listening("/settings/roles");
  const second = await first.context().newPage();
  await second.goto(`${world.url}/settings/schedules`);
  await bell(second).waitFor();
  await second.locator("h1").click();
  const text = `Кто-нибудь есть ${randomUUID()}`;
  await write(text);
  // The tab that was touched last is the one that rings; both list it.
  await expect.poll(async () => (await heard(second)).popups.map(({ body }) => body)).toEqual([text]);
  expect((await heard(second)).popups[0]?.title).toBe("Покупатель 1 · Telegram");
  await expect.poll(async () => (await heard(second)).notes).toBeGreaterThan(0);
  expect((await heard(first)).popups).toEqual([]);
  await expect.poll(() => bell(first).getAttribute("aria-label")).toBe("Уведомления, непрочитанных: 1");

  await first.locator("h1").click();
  const next = `И ещё ${randomUUID()}`;
  await write(next);
  await expect.poll(async () => (await heard(first)).popups.map(({ body }) => body)).toEqual([next]);
  expect((await heard(second)).popups).toHaveLength(1);

  await second.evaluate(() => (globalThis as unknown as { lastShown: { onclick: () => void } }).lastShown.onclick());
  await second.getByRole("log", { name: "Диалог" }).getByText(next).waitFor();
  await expect.poll(() => bell(first).getAttribute("aria-label")).toBe("Уведомления");
  await first.context().close();
});

test.runIf(world.mock)("the dialog that is open and visible does not ring", async () => {
  const page = await listening("/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  await log.waitFor();
  const seen = `На экране ${randomUUID()}`;
  await write(seen);
  await log.getByText(seen).waitFor();
  // What comes after is heard: had the first one rung, it would stand before it.
  await page.goto(`${world.url}/settings/roles`);
  await bell(page).waitFor();
  await page.locator("h1").click();
  const unseen = `Не на экране ${randomUUID()}`;
  await write(unseen);
  await expect.poll(async () => (await heard(page)).popups.map(({ body }) => body)).toEqual([unseen]);
  await bell(page).click();
  const list = page.getByRole("list", { name: "Уведомления" });
  await list.getByText(unseen).waitFor();
  expect(await list.getByText(seen).count()).toBe(0);
  await page.context().close();
});

test.runIf(world.mock)("a mention and a transfer are told with who did it, and all is read at once", async () => {
  const page = await listening("/settings/roles");
  const other = await openPage();
  await signIn(other, "/inbox/unassigned", { login: "operator2", password: "demo-password" });
  await other.getByRole("listitem").first().press("Enter");
  await other.getByRole("log").waitFor();
  await other.keyboard.press("t");
  await other.getByRole("button", { name: "Завершить", exact: true }).waitFor();
  await other.keyboard.press("n");
  await other.getByRole("textbox", { name: "Заметка" }).waitFor();
  await other.keyboard.type("Посмотри @Оператор 1");
  await other.getByRole("option", { name: /Оператор 1/u }).waitFor();
  await other.keyboard.press("Enter");
  await other.keyboard.press("Control+Enter");
  await bell(page).click();
  const list = page.getByRole("list", { name: "Уведомления" });
  await list.getByText(/^Упоминание, Оператор 2: Посмотри/u).waitFor();

  await other.locator("[role=log]").focus();
  await other.keyboard.press("a");
  await other.getByRole("combobox", { name: "Сотруднику или подразделению" }).fill("Оператор 1");
  await other.keyboard.press("Enter");
  await other.getByRole("dialog").getByRole("button", { name: "Перенаправить" }).click();
  await list.getByText("Перенаправлено вам: Оператор 2").waitFor();
  await page.getByRole("button", { name: "Прочитать все" }).click();
  await page.keyboard.press("Escape");
  await expect.poll(() => bell(page).getAttribute("aria-label")).toBe("Уведомления");
  for (const one of [page, other]) await one.context().close();
});

test.runIf(world.mock)("quiet hours list and do not ring; the choice holds in another browser", async () => {
  const page = await listening("/settings/notifications");
  const quiet = page.getByRole("region", { name: "Тихие часы" });
  await quiet.getByRole("switch", { name: "Не шуметь в эти часы" }).check({ force: true });
  await quiet.getByLabel("С", { exact: true }).fill("00:00");
  await quiet.getByLabel("До").fill("23:59");
  const other = await openPage();
  await expect
    .poll(async () => {
      await signIn(other, "/settings/notifications");
      return other.getByRole("region", { name: "Тихие часы" }).getByLabel("До").inputValue();
    })
    .toBe("23:59");
  await open(page, "roles", "Роли");
  await bell(page).waitFor();
  await page.locator("h1").click();
  const text = `Ночью ${randomUUID()}`;
  await write(text);
  await bell(page).click();
  await page.getByRole("list", { name: "Уведомления" }).getByText(text).waitFor();
  expect(await heard(page)).toEqual({ popups: [], notes: 0 });
  await other.getByRole("switch", { name: "Не шуметь в эти часы" }).uncheck({ force: true });
  await other.getByRole("region", { name: "Тихие часы" }).getByLabel("До").waitFor({ state: "detached" });
  // Leaving the page saves what is not saved yet.
  await other.getByRole("link", { name: "Роли" }).click();
  for (const one of [page, other]) await one.context().close();
});

test("the permission is explained before the browser asks, and every tone can be heard", async () => {
  const page = await openPage();
  await page.context().addInitScript(() => {
    Object.assign(globalThis, { asked: 0 });
    Object.defineProperty(Notification, "permission", { get: () => ((globalThis as unknown as { asked: number }).asked > 0 ? "granted" : "default") });
    Notification.requestPermission = () => {
      (globalThis as unknown as { asked: number }).asked += 1;
      return Promise.resolve("granted");
    };
  });
  await signIn(page, "/settings/notifications");
  await page.getByText("Браузер покажет новое сообщение, даже если открыта другая вкладка.").waitFor();
  expect(await page.evaluate(() => (globalThis as unknown as { asked: number }).asked)).toBe(0);
  await page.getByRole("button", { name: "Включить уведомления" }).click();
  await page.getByRole("button", { name: "Показать пробное" }).waitFor();
  const all = page.getByRole("combobox", { name: "Звук: Все каналы" });
  await all.selectOption({ label: "Колокольчик" });
  await page.getByRole("button", { name: "Послушать: Все каналы" }).click();
  await all.selectOption({ label: "Капля" });
  await page.context().close();
});
