import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { tone } from "../../testing/sound.ts";
import { theBrowser } from "./page.ts";
import { dev, reply, visitor, world } from "./world.ts";

/** Staff's side of a conversation, found by what the visitor wrote last. */
export type Operator = {
  /** How often this text has arrived. */
  times: (text: string) => Promise<number>;
  /** Sees a picture of the visitor's. */
  seesPicture: () => Promise<void>;
  /** Saves a document of the visitor's. */
  getsDocument: (name: string, bytes: Buffer) => Promise<void>;
  /** Plays the last music that the visitor sent, and the last voice message. */
  hearsAudio: () => Promise<void>;
  hearsVoice: () => Promise<void>;
  reply: (text: string) => Promise<void>;
  sendDocument: (name: string, bytes: Buffer, text: string) => Promise<void>;
  sendVoice: () => Promise<void>;
  close: () => Promise<void>;
};

const PATIENCE_MS = 30_000;

/** Somebody who answers: over the gateway in memory, or in the inbox of a running Okno. */
export async function operator(known: string): Promise<Operator> {
  return world.inbox ? inInbox(world.inbox, known) : inMemory();
}

function inMemory(): Operator {
  const messages = async () => (await visitor(world.account))?.messages ?? [];
  const file = async (kind: string) => (await messages()).filter(({ own }) => !own).flatMap(({ files }) => files).findLast((one) => one.kind === kind);
  const bytes = async (kind: string) => Buffer.from(await (await fetch(`${world.gateway}/${(await file(kind))?.url}`)).arrayBuffer());
  const plays = (kind: string) => expect.poll(async () => (await file(kind)) !== undefined && (await bytes(kind)).length > 1000).toBe(true);
  const attach = (kind: string, name: string, mime: string, content: Buffer, text = "") => dev(`${world.account}/reply`, { text, attach: { kind, name, mime, base64: content.toString("base64"), ms: kind === "voice" ? 1200 : 0 } });
  return {
    times: async (text) => (await messages()).filter((one) => one.text === text).length,
    seesPicture: () => expect.poll(async () => (await file("image")) !== undefined).toBe(true),
    getsDocument: async (name, content) => {
      expect((await file("document"))?.name).toBe(name);
      expect(await bytes("document")).toEqual(content);
    },
    hearsAudio: () => plays("audio"),
    hearsVoice: () => plays("voice"),
    reply: async (text) => void (await reply(world.account, text)),
    sendDocument: async (name, content, text) => void (await attach("document", name, "application/pdf", content, text)),
    sendVoice: async () => void (await attach("voice", "voice.wav", "audio/wav", tone(1.2))),
    close: async () => undefined,
  };
}

async function inInbox({ url, login, password }: NonNullable<typeof world.inbox>, known: string): Promise<Operator> {
  const context = await theBrowser().newContext({ viewport: { width: 1440, height: 900 }, locale: "ru-RU", permissions: ["microphone"] });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(`${url}/sign-in?next=${encodeURIComponent("/inbox/all")}`);
  await page.getByRole("textbox", { name: "Логин" }).fill(login);
  await page.getByRole("textbox", { name: "Пароль" }).fill(password);
  await page.getByRole("button", { name: "Войти" }).click();
  await page.waitForURL((address) => address.pathname.startsWith("/inbox"));
  await page.getByRole("region", { name: "Список диалогов" }).getByRole("listitem").filter({ hasText: known }).first().press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  await log.getByText(known).first().waitFor();
  return {
    times: (text) => log.getByRole("article").filter({ hasText: text }).count(),
    seesPicture: () => log.getByRole("button", { name: /^Открыть /u }).last().waitFor(),
    getsDocument: async (name, content) => {
      const link = log.getByRole("link", { name: `Скачать ${name}` });
      await link.waitFor();
      expect(await saved(page, link)).toEqual(content);
    },
    hearsAudio: () => heard(log.locator("audio[controls]").last()),
    hearsVoice: async () => {
      const voice = log.getByRole("group", { name: /^Голосовое/u }).last();
      await voice.getByRole("button", { name: "Слушать" }).click();
      await heard(voice.locator("audio"));
    },
    reply: (text) => answer(page, log, text),
    sendDocument: async (name, content, text) => {
      await page.getByTestId("files").setInputFiles({ name, mimeType: "application/pdf", buffer: content });
      await page.getByRole("list", { name: "Файлы к отправке" }).getByText(name).waitFor();
      await answer(page, log, text);
    },
    sendVoice: async () => {
      await take(page);
      await page.getByRole("button", { name: "Записать голосовое" }).click();
      const recorder = page.getByRole("group", { name: "Записать голосовое" });
      await recorder.getByText("0:01").waitFor();
      await recorder.getByRole("button", { name: "Остановить запись" }).click();
      await recorder.getByRole("button", { name: "Отправить" }).click();
    },
    close: () => context.close(),
  };
}

/** The bytes behind a link, with the cookies of the page. */
async function saved(page: Page, link: Locator): Promise<Buffer> {
  const address = await link.getAttribute("href");
  return Buffer.from(await page.evaluate(async (url) => [...new Uint8Array(await (await fetch(url ?? "")).arrayBuffer())], address));
}

/** It sounds: time passes in it, and nothing is wrong. */
async function heard(audio: Locator): Promise<void> {
  await audio.evaluate((element: HTMLAudioElement) => void (element.paused && element.play().catch(() => undefined)));
  await expect.poll(() => audio.evaluate((element: HTMLAudioElement) => element.currentTime > 0 && !element.error), { timeout: PATIENCE_MS }).toBe(true);
}

async function take(page: Page): Promise<void> {
  const button = page.getByRole("button", { name: "Взять", exact: true }).first();
  if (!(await button.isVisible())) return;
  await button.click();
  await page.getByRole("button", { name: "Завершить" }).first().waitFor();
}

async function answer(page: Page, log: Locator, text: string): Promise<void> {
  await take(page);
  const field = page.getByRole("textbox", { name: "Сообщение" });
  await field.fill(text);
  await page.locator('button:not([aria-disabled="true"])', { hasText: "Отправить" }).first().waitFor();
  await field.press("Control+Enter");
  await log
    .getByText(text)
    .first()
    .waitFor()
    .catch(async (error: unknown) => {
      await page.screenshot({ path: "test-results/operator.png" });
      throw error;
    });
}
