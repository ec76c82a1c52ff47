import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { received } from "./customer.ts";
import { CUSTOMER, openPage, signIn, useBrowser } from "./page.ts";

useBrowser();

const KBIT = 1_000 / 8;
const LATENCY_MS = 800;

/** A train between two masts: most of a second each way, and little width. */
async function slowDown(page: Page): Promise<() => Promise<void>> {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  const set = (latency: number, downloadThroughput: number, uploadThroughput: number): Promise<unknown> => client.send("Network.emulateNetworkConditions", { offline: false, latency, downloadThroughput, uploadThroughput });
  await set(LATENCY_MS, 1_000 * KBIT, 500 * KBIT);
  return async () => void (await set(0, -1, -1));
}

test("on a slow network it is seen that something is on its way, and what is sent twice in haste goes once", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).waitFor();
  const restore = await slowDown(page);
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await page.getByRole("main").getByRole("status").filter({ hasText: "Загружается" }).waitFor();
  await page.getByRole("log").getByRole("article").first().waitFor();

  const sent = new Set<string>();
  const calls: string[] = [];
  page.on("request", (request) => {
    if (!request.url().endsWith("SendMessage")) return;
    const body = request.postDataBuffer()?.toString("latin1") ?? "";
    calls.push(body);
    sent.add(/[0-9a-f]{8}-[0-9a-f-]{27}/u.exec(body)?.[0] ?? "");
  });
  const text = `Медленно ${randomUUID()}`;
  const field = page.getByRole("textbox", { name: "Сообщение" });
  await field.fill(text);
  const button = page.getByRole("button", { name: /^Отправить/u }).first();
  await button.dblclick();
  await field.press("Control+Enter");
  // It stands at once and says that it is not out yet.
  const bubble = page.getByRole("log").getByRole("article").filter({ hasText: text });
  await bubble.getByRole("img", { name: "В очереди" }).waitFor({ timeout: LATENCY_MS });
  await bubble.getByRole("img", { name: /Отправлено|Доставлено|Прочитано/u }).waitFor({ timeout: 45_000 });
  expect(await bubble.count()).toBe(1);
  expect(sent.size).toBe(1);
  expect(calls).toHaveLength(1);
  expect(await received(text)).toHaveLength(1);

  // A page that is loaded anew says that it loads, and gets there.
  await page.reload({ waitUntil: "commit" });
  await page.getByRole("region", { name: "Список диалогов" }).getByRole("status").filter({ hasText: "Загружается" }).waitFor({ timeout: 45_000 });
  await page.getByRole("listitem", { name: CUSTOMER }).waitFor({ timeout: 45_000 });
  await restore();
  await page.context().close();
}, 180_000);
