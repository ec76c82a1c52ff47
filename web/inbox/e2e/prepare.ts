import { chromium, type Page } from "playwright-core";
import type { World } from "./setup.ts";

/** How the demo customer's row is called. */
export const CUSTOMER = /^Покупатель 1, Telegram/u;

/** Once for all files: a conversation to work in, for the demo customer has written. */
export async function prepare(endpoint: string, worlds: readonly World[]): Promise<void> {
  const browser = await chromium.connect(endpoint);
  for (const world of worlds) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: "ru-RU" });
    page.setDefaultTimeout(30_000);
    await signInAs(page, world, world.url, "/settings/channels");
    await connectDemo(page);
    await writeTo(world, "Здравствуйте");
    await page.goto(`${world.url}/inbox/all`);
    await page.getByRole("listitem", { name: CUSTOMER }).waitFor();
    await page.close();
  }
  await browser.close();
}

export async function signInAs(page: Page, as: { login: string; password: string }, base: string, next: string): Promise<void> {
  await page.goto(`${base}/sign-in?next=${encodeURIComponent(next)}`);
  await page.getByRole("textbox", { name: "Логин" }).fill(as.login);
  await page.getByRole("textbox", { name: "Пароль" }).fill(as.password);
  await page.getByRole("button", { name: "Войти" }).click();
  const [path = next] = next.split("?");
  await page.waitForURL((url) => url.pathname.startsWith(path));
}

/** Connects the built-in demo provider, unless that is done already. */
async function connectDemo(page: Page): Promise<void> {
  const connect = page.getByRole("button", { name: "Подключить демо-Telegram" });
  const connected = page.getByRole("link", { name: "Написать за клиента" });
  await connect.or(connected).first().waitFor();
  if (await connect.isVisible()) await connect.click();
  await connected.waitFor();
}

/** The customer writes, through the built-in fake Telegram. */
export async function writeTo({ telegram }: World, text: string): Promise<void> {
  const answer = await fetch(`${telegram}/demo/api/text`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text }) });
  if (!answer.ok) throw new Error(`/demo/api/text answered ${answer.status}`);
}
