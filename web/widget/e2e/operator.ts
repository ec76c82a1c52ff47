import { expect } from "vitest";
import { theBrowser } from "./page.ts";
import { reply, visitor, world } from "./world.ts";

/** Staff's side of a conversation, found by what the visitor wrote last. */
export type Operator = {
  /** How often this text has arrived. */
  times: (text: string) => Promise<number>;
  /** Sees a picture of the visitor's. */
  seesPicture: () => Promise<void>;
  reply: (text: string) => Promise<void>;
  close: () => Promise<void>;
};

/** Somebody who answers: over the gateway in memory, or in the inbox of a running Okno. */
export async function operator(known: string): Promise<Operator> {
  return world.inbox ? inInbox(world.inbox, known) : inMemory();
}

function inMemory(): Operator {
  const messages = async () => (await visitor(world.account))?.messages ?? [];
  return {
    times: async (text) => (await messages()).filter((one) => one.text === text).length,
    seesPicture: () => expect.poll(async () => (await messages()).some(({ own, files }) => !own && files.some(({ kind }) => kind === "image"))).toBe(true),
    reply: async (text) => void (await reply(world.account, text)),
    close: async () => undefined,
  };
}

async function inInbox({ url, login, password }: NonNullable<typeof world.inbox>, known: string): Promise<Operator> {
  const context = await theBrowser().newContext({ viewport: { width: 1440, height: 900 }, locale: "ru-RU" });
  context.setDefaultTimeout(30_000);
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
    reply: async (text) => {
      const take = page.getByRole("button", { name: "Взять", exact: true }).first();
      if (await take.isVisible()) {
        await take.click();
        await page.getByRole("button", { name: "Завершить" }).first().waitFor();
      }
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
    },
    close: () => context.close(),
  };
}
