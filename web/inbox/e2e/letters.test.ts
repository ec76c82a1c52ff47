import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Locator, Page, Request } from "playwright-core";
import { LOOKS, openPage, signIn, useBrowser, violations, world } from "./page.ts";

useBrowser();

let server: PreviewServer | undefined;
let address = "";
let tracker: Server | undefined;
/** Connections count as well: one that is only opened tells its owner enough. */
let told = 0;

// A world with a mailbox, and a server that waits to be told that its letters are read.
beforeAll(async () => {
  if (!world.mock) return;
  tracker = createServer((_, response) => response.writeHead(200).end());
  tracker.on("connection", () => (told += 1));
  tracker.listen(0, "127.0.0.1");
  await once(tracker, "listening");
  Object.assign(process.env, { VITE_MOCK: "1", MOCK_LETTERS: `http://127.0.0.1:${(tracker.address() as AddressInfo).port}` });
  server = await preview({ build: { outDir: process.env["OKNO_DIST"] ?? "dist" }, preview: { port: 0, host: "127.0.0.1", headers: { "content-security-policy": policy() } } });
  address = (server.resolvedUrls?.local[0] ?? "").replace(/\/+$/u, "");
});
afterAll(async () => {
  delete process.env["MOCK_LETTERS"];
  tracker?.close();
  await server?.close();
});
beforeEach(() => void (told = 0));

/** The page's policy as the edge gives it: the letters' frames inherit it. */
function policy(): string {
  const source = readFileSync(new URL("../../../services/edge/src/page.rs", import.meta.url), "utf8");
  const [, text = ""] = /const POLICY: &str = "([^"]+)"/u.exec(source) ?? [];
  if (!text.includes("script-src 'self'")) throw new Error("the edge's policy is not where it was");
  return text.replaceAll(/\\\s+/gu, "");
}

async function open(page: Page, name: string | RegExp): Promise<Locator> {
  await signIn(page, "/inbox/all", world, address);
  await page.goto(`${address}/inbox/all?channel=email`);
  await page.getByRole("listitem", { name }).first().press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  await log.getByRole("article").first().waitFor();
  return log;
}

/** Begins an answer to everybody who has the newest letter. */
async function answerAll(page: Page, log: Locator): Promise<Locator> {
  const newest = log.getByRole("article", { name: /^Сергей/u }).last();
  await unfold(newest);
  await newest.getByRole("button", { name: "Ответить всем" }).click();
  return page.getByRole("region", { name: "Ответ" });
}

const toggleOf = (letter: Locator): Locator => letter.getByRole("button", { name: /^(?:Развернуть|Свернуть) письмо/u });

async function unfold(letter: Locator): Promise<void> {
  const toggle = toggleOf(letter);
  await toggle.waitFor();
  if ((await toggle.getAttribute("aria-expanded")) === "false") await toggle.click();
}

/** What went from the page and its frames to anybody but Okno. What the frame's policy stopped has not gone. */
function strangers(page: Page): string[] {
  const asked: string[] = [];
  const note = (request: Request): void => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== address && !["data:", "blob:", "about:"].includes(protocol)) asked.push(request.url());
  };
  page.on("requestfinished", note);
  page.on("requestfailed", (request) => !/csp/iu.test(request.failure()?.errorText ?? "") && note(request));
  return asked;
}

// acceptance: EM-15
test.runIf(world.mock)("nothing of a letter runs and nobody learns that it was read", async () => {
  const page = await openPage();
  const asked = strangers(page);
  page.on("dialog", (dialog) => expect.soft(dialog.message(), "a dialog of theirs").toBe(""));
  page.on("popup", (popup) => expect.soft(popup.url(), "a window of theirs").toBe(""));
  const log = await open(page, /hostile/u);
  await unfoldAll(page, log);
  expect(await page.evaluate("'ran' in globalThis")).toBe(false);
  for (const frame of page.frames()) expect(await frame.evaluate("'ran' in globalThis").catch(() => false)).toBe(false);
  expect(asked).toEqual([]);
  expect(told).toBe(0);
  expect(new URL(page.url()).pathname).toMatch(/^\/inbox\/all\//u);
  await page.context().close();
});

test.runIf(world.mock)("an unlinked letter is sorted out, and comes back when that was a slip", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all", world, address);
  await page.getByTitle("Другие виды").click();
  const way = page.getByRole("link", { name: /^Непривязанные письма.*\d/u });
  await way.click();
  const rows = page.getByRole("region", { name: "Список" }).or(page.getByRole("list")).getByRole("listitem");
  await rows.first().waitFor();
  const before = await rows.count();
  await rows.first().click({ button: "right" });
  await page.getByRole("menuitem", { name: "Разобрано", exact: true }).click();
  await page.getByText("Разобрано. Новое письмо клиента вернёт диалог в список.").waitFor();
  await expect.poll(() => rows.count()).toBe(before - 1);
  await page.getByRole("button", { name: "Отменить" }).click();
  await expect.poll(() => rows.count()).toBe(before);
  await page.context().close();
});

/** Walks through the whole thread; every letter has been laid out once. */
async function unfoldAll(page: Page, log: Locator): Promise<void> {
  const seen = new Set<string>();
  await log.evaluate((element) => element.scrollTo(0, 0));
  for (let still = 0; still < 5; ) {
    const ids = await log.getByRole("article").evaluateAll((articles) => articles.map((article) => (article as HTMLElement).dataset["message"] ?? ""));
    const fresh = ids.filter((id) => !seen.has(id));
    const atEnd = await log.evaluate((element) => element.scrollTop + element.clientHeight >= element.scrollHeight - 2);
    still = fresh.length === 0 && atEnd ? still + 1 : 0;
    for (const id of fresh) {
      const letter = log.locator(`[data-message="${id}"]`);
      // One above that grew has pushed it out of what is drawn: it comes again further down.
      const there = async (part: Locator): Promise<boolean> => {
        await expect.poll(async () => (await letter.count()) === 0 || part.isVisible()).toBe(true);
        return (await letter.count()) > 0;
      };
      if (!(await there(toggleOf(letter)))) continue;
      await unfold(letter);
      if (!(await there(letter.locator("iframe")))) continue;
      await letter.locator("iframe").evaluate((frame: HTMLIFrameElement) => new Promise((resolve) => (frame.contentDocument?.readyState === "complete" && frame.contentDocument.URL === "about:srcdoc" ? resolve(true) : frame.addEventListener("load", () => resolve(true)))));
      seen.add(id);
    }
    await log.evaluate((element) => element.scrollBy(0, 300));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }
  expect(seen.size).toBeGreaterThan(20);
}

// acceptance: EM-15
test.runIf(world.mock)("pictures of other servers come for the one letter that they are allowed for, through Okno, and counters never", async () => {
  const page = await openPage();
  const asked = strangers(page);
  const ours: string[] = [];
  page.on("request", (request) => request.url().includes("/letters/") && ours.push(decodeURIComponent(request.url())));
  const log = await open(page, /^Сергей/u);
  const letter = log.getByRole("article", { name: /^Сергей/u }).last();
  await unfold(letter);
  await letter.getByText("Картинки с других серверов скрыты", { exact: false }).waitFor();
  const frame = letter.frameLocator("iframe");
  await frame.getByText("Но в акте другая сумма", { exact: false }).waitFor();
  expect(ours).toEqual([]);
  await letter.getByRole("button", { name: "Показать в этом письме" }).click();
  await expect.poll(() => ours.length).toBe(1);
  expect(ours[0]).toContain("url=https://pictures.client.example/banner.png");
  await expect.poll(() => frame.getByAltText("Акция").evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true);
  expect(asked).toEqual([]);
  await page.context().close();
});

test.runIf(world.mock)("a letter is read: people, proofs, folded quotation, files, text, source", async () => {
  const page = await openPage();
  const log = await open(page, /^Сергей/u);
  const letters = log.getByRole("article");
  // The newest is open, the others are a line.
  expect(await letters.nth(0).locator("iframe").count()).toBe(0);
  const letter = log.getByRole("article", { name: /^Сергей/u }).last();
  await unfold(letter);
  await letter.getByRole("heading", { name: "Re: Счёт 118 на поставку" }).waitFor();
  await letter.getByText("sergey@client.example", { exact: false }).waitFor();
  await letter.getByText("копия: Вера, бухгалтерия").waitFor();
  expect(await letter.getByText("DMARC").isVisible()).toBe(true);
  const frame = letter.frameLocator("iframe");
  await frame.getByRole("cell", { name: "Профиль оконный" }).waitFor();
  expect(await frame.getByText("23.11.2026, 14:20", { exact: false }).isVisible()).toBe(false);
  await letter.getByRole("button", { name: "Показать цитату и подпись" }).click();
  await frame.getByText("23.11.2026, 14:20", { exact: false }).waitFor();
  // The picture of the letter itself needs nobody's leave.
  await expect.poll(() => frame.getByAltText("Логотип").evaluate((image: HTMLImageElement) => image.naturalWidth > 0)).toBe(true);
  await letter.getByRole("link", { name: "Скачать Сверка.xlsx" }).waitFor();
  expect(await letter.getByText("logo.png").count()).toBe(0);
  await letter.getByRole("button", { name: "Открыть Фото накладной.png" }).click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await letter.getByRole("button", { name: "Другие действия" }).click();
  await page.getByRole("menuitem", { name: "Показать как текст" }).click();
  await letter.getByText("Спасибо, счёт получили!", { exact: false }).waitFor();
  expect(await letter.locator("iframe").count()).toBe(0);
  await letter.getByRole("button", { name: "Другие действия" }).click();
  await page.getByRole("menuitem", { name: "Исходник письма" }).click();
  await page.getByRole("dialog", { name: "Исходник письма" }).getByText("Subject: Re: Счёт 118", { exact: false }).waitFor();
  await page.context().close();
});

test.runIf(world.mock)("who wrote by a program and who may be forged is said", async () => {
  const page = await openPage();
  const log = await open(page, /^Сергей/u);
  await log.getByText("Автоответ", { exact: true }).waitFor();
  await page.goto(`${address}/inbox/all?channel=email`);
  await page.getByRole("listitem", { name: /^Руководитель/u }).first().press("Enter");
  await page.getByText("Проверка отправителя не пройдена: DMARC: fail, client.example", { exact: false }).waitFor();
  await page.context().close();
});

const PICTURE = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

test.runIf(world.mock)("an answer to all is written with form and picture, sent, taken back and sent again", async () => {
  const page = await openPage();
  const asked = strangers(page);
  const log = await open(page, /^Сергей/u);
  const form = await answerAll(page, log);
  const words = form.getByRole("textbox", { name: "Текст письма" });
  await words.waitFor();
  await form.getByRole("button", { name: "Убрать получателя Сергей" }).waitFor();
  await form.getByRole("button", { name: "Убрать получателя Вера, бухгалтерия" }).waitFor();
  expect(await form.getByRole("textbox", { name: "Тема" }).inputValue()).toBe("Re: Счёт 118 на поставку");
  await words.click();
  await page.keyboard.press("Control+b");
  await page.keyboard.type("Проверим");
  await page.keyboard.press("Control+b");
  await page.keyboard.type(" до вечера.");
  await form.locator("input[type=file][accept]").setInputFiles({ name: "схема.png", mimeType: "image/png", buffer: PICTURE });
  await words.getByAltText("схема.png").waitFor();
  await form.getByText("Цитата: Сергей", { exact: false }).waitFor();
  await words.press("Control+Enter");
  await form.getByRole("button", { name: "Отменить" }).click();
  await expect.poll(() => words.locator("strong").textContent()).toBe("Проверим");
  await words.press("Control+Enter");
  const sent = log.getByRole("article", { name: /^Вы/u }).last();
  await unfold(sent);
  const frame = sent.frameLocator("iframe");
  await frame.locator("strong").getByText("Проверим").waitFor();
  await expect.poll(() => frame.getByAltText("схема.png").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await sent.getByText("копия: Вера, бухгалтерия").waitFor();
  expect(asked).toEqual([]);
  await page.context().close();
});

test.runIf(world.mock)("a letter is passed on with its files, to people who are typed", async () => {
  const page = await openPage();
  const log = await open(page, /^Сергей/u);
  const newest = log.getByRole("article", { name: /^Сергей/u }).last();
  await unfold(newest);
  await newest.getByRole("button", { name: "Переслать" }).click();
  const form = page.getByRole("region", { name: "Ответ" });
  await form.getByRole("textbox", { name: "Текст письма" }).waitFor();
  expect(await form.getByRole("textbox", { name: "Тема" }).inputValue()).toBe("Fwd: Re: Счёт 118 на поставку");
  await form.getByText("Сверка.xlsx").waitFor();
  await form.getByText("Пересылаемое письмо: Сергей", { exact: false }).waitFor();
  await form.getByRole("button", { name: "Отправить", exact: false }).first().click();
  await form.getByText("Укажите, кому письмо.").waitFor();
  const to = form.getByRole("combobox", { name: "Кому" });
  await to.fill("кто-то");
  await to.press("Enter");
  await form.getByText("Это не адрес почты: кто-то").waitFor();
  await to.fill("anna@other.example");
  await to.press("Enter");
  await form.getByText("Такого домена нет в этой переписке", { exact: false }).waitFor({ state: "attached" });
  // Those of the correspondence are offered.
  await to.fill("вер");
  await form.getByRole("option", { name: /Вера, бухгалтерия/u }).waitFor();
  await to.press("Enter");
  await form.getByRole("button", { name: "Убрать получателя Вера, бухгалтерия" }).waitFor();
  await form.getByRole("button", { name: "Отправить", exact: false }).first().click();
  const sent = log.getByRole("article", { name: /^Вы/u }).last();
  await expect.poll(() => sent.textContent()).toContain("кому: anna@other.example, Вера, бухгалтерия");
  await sent.getByRole("link", { name: "Скачать Сверка.xlsx" }).waitFor();
  await page.context().close();
});

test.runIf(world.mock)("a mailbox is made one employee's own, by its owner's consent, and says so", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels/new/email", world, address);
  await page.goto(`${address}/settings/channels/new/email`);
  const name = `Почта ${Date.now()}`;
  await page.getByRole("textbox", { name: "Название учётной записи" }).fill(name);
  await page.getByLabel("Чья почта").selectOption({ label: "Личная: одного сотрудника" });
  await page.getByText("Письма видит только он, администраторы — нет", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Дальше" }).click();
  await page.getByText("Выберите", { exact: false }).first().waitFor();
  await page.getByRole("button", { name: /^Сотрудник/u }).click();
  await page.locator("li[role=option]").first().click();
  await page.getByRole("button", { name: "Дальше" }).click();
  await page.getByRole("textbox", { name: "Адрес" }).fill("anna@example.com");
  const consent = page.getByRole("button", { name: "Войти через почтовую службу" });
  expect(await consent.isDisabled()).toBe(true);
  await page.getByRole("textbox", { name: "OAuth: номер приложения" }).fill("okno");
  const [service] = await Promise.all([page.waitForEvent("popup"), consent.click()]);
  await service.getByText("Готово. Вернитесь в окно с настройками", { exact: false }).waitFor();
  expect(new URL(service.url()).search, "the code stays in no history").toBe("");
  await page.getByText("Согласие получено: сохраните настройки").waitFor();
  await page.getByRole("button", { name: "Подключить", exact: true }).click();
  await page.getByRole("button", { name: /^(?:Пропустить ожидание|Дальше: кому обращения)$/u }).click();
  // Nothing is asked of who gets its requests.
  await page.getByText(/^Личная · /u).waitFor();
  await page.goto(`${address}/settings/channels`);
  await page.getByRole("listitem").filter({ hasText: name }).getByText(/^Личная · /u).waitFor();
  await page.context().close();
});

test.runIf(world.mock)("a letter is signed as its mailbox says, or as its writer does, or not at all", async () => {
  const page = await openPage();
  await signIn(page, "/settings/channels", world, address);
  await page.goto(`${address}/settings/channels`);
  await page.getByRole("link", { name: "Почта отдела продаж" }).click();
  await page.getByLabel("Подпись ящика").fill("С уважением,\n{{name}}");
  await page.getByRole("region", { name: "Подпись" }).getByRole("button", { name: "Сохранить" }).first().click();
  await page.getByRole("status").filter({ hasText: "Сохранено." }).waitFor();
  const log = await open(page, /^Сергей/u);
  const form = await answerAll(page, log);
  const signature = form.getByRole("note", { name: "Подпись" });
  await expect.poll(() => signature.textContent()).toMatch(/^С уважением,\n\S/u);
  await form.getByRole("textbox", { name: "Текст письма" }).click();
  await page.keyboard.type("Да");
  await page.keyboard.press("Control+Enter");
  const sent = log.getByRole("article", { name: /^Вы/u }).last();
  await unfold(sent);
  await sent.frameLocator("iframe").getByText("С уважением,", { exact: false }).waitFor();
  await page.context().close();
});

test.runIf(world.mock)("letters are read and written without barriers", async () => {
  for (const { name, viewport, colorScheme } of LOOKS.filter(({ whole }) => whole)) {
    const page = await openPage({ viewport, colorScheme });
    const log = await open(page, /^Сергей/u);
    const letter = log.getByRole("article", { name: /^Сергей/u }).last();
    await unfold(letter);
    await letter.frameLocator("iframe").getByRole("table").waitFor();
    expect.soft(await violations(page), `a letter, ${name}`).toEqual([]);
    await letter.getByRole("button", { name: "Ответить всем" }).click();
    await page.getByRole("textbox", { name: "Текст письма" }).waitFor();
    expect.soft(await violations(page), `an answer, ${name}`).toEqual([]);
    await page.context().close();
  }
});
