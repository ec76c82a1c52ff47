import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Frame, Page } from "playwright-core";
import { expect, test } from "vitest";
import { site as shop } from "../dev/site.ts";
import { account, dev, reply, visitors, world } from "./world.ts";
import { call, chatFrame, field, heard, kept, log, openChat, openSite, profile, say, useBrowser, watchFaults } from "./page.ts";

useBrowser();

/** A second site beside the first: another origin, and for the browser the same site. */
async function beside(): Promise<{ address: string; close: () => void }> {
  const server = shop(fileURLToPath(new URL("../dist", import.meta.url)), () => world.gateway, () => world.account);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

async function opened(context: BrowserContext, address: string): Promise<Page> {
  const page = await context.newPage();
  watchFaults(page);
  await page.goto(address);
  return page;
}

test.runIf(world.mock)("two sites and a page of one account at once: each writes and is answered, none sees another's", async () => {
  const site = await account();
  const context = await profile();
  const { address, close } = await beside();
  const first = await openChat(await openSite(context, site));
  const second = await openChat(await opened(context, `${address}/?options=${encodeURIComponent(JSON.stringify({ site }))}`));
  const page = await opened(context, `${world.gateway}/webchat/${site}/page`);
  const chats: Frame[] = [first, second, page.mainFrame()];
  for (const chat of chats) await field(chat).waitFor();
  for (const [index, chat] of chats.entries()) {
    await say(chat, `Вопрос ${index}`);
    await reply(site, `Ответ ${index}`);
    await log(chat).getByText(`Ответ ${index}`).waitFor();
  }
  expect(await visitors(site)).toBe(3);
  for (const [index, chat] of chats.entries()) {
    const texts = await log(chat).getByRole("article").allInnerTexts();
    expect(texts.map((text) => /(?:Вопрос|Ответ) \d/u.exec(text)?.[0])).toEqual([`Вопрос ${index}`, `Ответ ${index}`]);
  }
  await context.close();
  close();
});

test.runIf(world.mock)("a word of the former person that was still on its way shows in no tab after the logout", async () => {
  const site = await account();
  const context = await profile();
  const page = await openSite(context, site);
  const one = await openChat(page);
  await say(one, "Тайна");
  const other = await openChat(await openSite(context, site));
  await log(other).getByText("Тайна").waitFor();
  const id = (await kept(page))[`okno.${site}.tabs`];
  const name = `okno.${site}.${world.site}.${id}`;
  await one.evaluate((channel) => {
    const words: unknown[] = [];
    const ear = new BroadcastChannel(channel);
    ear.onmessage = ({ data }) => words.push(data);
    Object.assign(globalThis, { ear, words });
  }, name);
  const words = (): Promise<unknown[]> => one.evaluate(() => (globalThis as unknown as { words: unknown[] }).words);
  await reply(site, "Тайный ответ");
  await expect.poll(async () => JSON.stringify(await words())).toContain("Тайный ответ");
  const late = await words();
  await call(page, "logout");
  for (const chat of [one, other]) await expect.poll(() => log(chat).getByRole("article").count()).toBe(0);
  await one.evaluate((again) => {
    for (const word of again) (globalThis as unknown as { ear: BroadcastChannel }).ear.postMessage(word);
  }, late);
  for (const [index, chat] of [one, other].entries()) await say(chat, `Новое ${index}`);
  for (const chat of [one, other]) {
    await log(chat).getByText("Новое 1").waitFor();
    expect(await log(chat).getByText("Тайн").count()).toBe(0);
  }
  await context.close();
});

// The smaller id is everybody's: that of the tabs that were there, or that of the one that comes.
test.runIf(world.mock).each(["0", "z"])("a tab opened after a logout joins those that were there, and its customer is everybody's: %s", async (id) => {
  const site = await account();
  const context = await profile();
  const page = await openSite(context, site);
  await page.evaluate(([key, value]) => localStorage.setItem(key, value), [`okno.${site}.tabs`, id] as const);
  const one = await openChat(page);
  await say(one, "Прежнее");
  await call(page, "logout");
  await expect.poll(() => log(one).getByRole("article").count()).toBe(0);
  const next = await openSite(context, site);
  const seconds = Math.floor(Date.now() / 1000);
  const { jwt } = await dev<{ jwt: string }>("jwt", { sub: "7", name: "Вера", iat: seconds, exp: seconds + 3600 });
  await call(next, "identify", jwt);
  for (const tab of [next, page]) await expect.poll(() => heard(tab, "identified"), { timeout: 15_000 }).toEqual([{ name: "Вера" }]);
  await call(next, "open");
  const other = await chatFrame(next);
  await say(other, "Я Вера");
  await log(one).getByText("Я Вера").waitFor();
  await say(one, "И здесь");
  await log(other).getByText("И здесь").waitFor();
  expect((await dev<{ visitor: { listeners: number } }>(`${site}/state`)).visitor.listeners).toBe(1);
  for (const chat of [one, other]) expect(await log(chat).getByText("Прежнее").count()).toBe(0);
  await context.close();
});

for (const way of ["a socket", "stream and posts"]) {
  test.runIf(world.mock)(`the chat says which site it stands on by every call, over ${way}, and leaves a site that is removed`, async () => {
    const site = await account();
    await dev(`${site}/faults`, { sockets: way !== "a socket" });
    await dev(`${site}/sites`, [world.site]);
    const page = await openSite(await profile(), site);
    const frame = await openChat(page);
    const calls: string[] = [];
    page.on("request", (request) => request.method() === "POST" && calls.push(request.url()));
    await say(frame, "Отсюда");
    await frame.getByTestId("files").setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("a") });
    await frame.getByRole("button", { name: "Убрать файл a.txt" }).waitFor();
    expect([...new Set(await dev<string[]>(`${site}/stood-on`))]).toEqual([world.site]);
    const posts = calls.filter((url) => /\/(?:frames|uploads)\?/.test(url));
    expect(posts.length).toBeGreaterThan(0);
    for (const url of posts) expect(new URL(url).searchParams.get("site")).toBe(world.site);
    await dev(`${site}/sites`, ["https://other.example"]);
    await dev("cut", [1012, "retry_ms=1"]);
    await frame.getByText("Чат не разрешён для этого сайта").waitFor();
    expect(await visitors(site)).toBe(1);
    // A page of its own stands on no site.
    const alone = await opened(page.context(), `${world.gateway}/webchat/${site}/page`);
    await field(alone.mainFrame()).waitFor();
    await say(alone.mainFrame(), "По ссылке");
    await page.context().close();
  });
}
