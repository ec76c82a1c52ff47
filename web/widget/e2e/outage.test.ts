import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { picture } from "../../testing/picture.ts";
import { account, power, reply, visitor, world, written } from "./world.ts";
import { bubble, chatFrame, field, kept, launcher, log, openChat, openSite, profile, say, slow, useBrowser, write } from "./page.ts";

useBrowser();

const BACK_MS = 45_000;
const waiting = async (page: Parameters<typeof kept>[0]): Promise<number> => Object.keys(await kept(page)).filter((key) => key.includes(".out.")).length;

test.runIf(world.mock)("a gateway that dies while the visitor types takes no letter, and what is sent meanwhile goes once, in its order", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "До");
  await field(frame).pressSequentially("Пишу и п");
  await power("down");
  await field(frame).pressSequentially("ишу");
  expect(await field(frame).inputValue()).toBe("Пишу и пишу");
  await field(frame).press("Enter");
  await write(frame, "И ещё");
  await field(frame).pressSequentially("Недопи");
  await frame.getByText("Нет связи. Пишите дальше").waitFor();
  await power("up");
  await bubble(frame, "И ещё").getByText("Отправлено").waitFor({ state: "attached", timeout: BACK_MS });
  await frame.getByText("Связь есть").waitFor();
  await field(frame).pressSequentially("санное");
  expect(await field(frame).inputValue()).toBe("Недописанное");
  expect(await written(site)).toEqual(["До", "Пишу и пишу", "И ещё"]);
  await reply(site, "Мы снова здесь");
  await log(frame).getByText("Мы снова здесь").waitFor();
  await page.context().close();
});

test.runIf(world.mock)("the page is loaded again while the server is away: what was written and what was being typed are there, and go when it is back", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "До");
  await power("down");
  await write(frame, "Без сервера");
  await field(frame).pressSequentially("Недописанное");
  expect(await waiting(page)).toBe(1);
  // Neither script nor frame may come from a cache: it is as if the visitor came tomorrow.
  await (await page.context().newCDPSession(page)).send("Network.clearBrowserCache");
  await page.reload();
  expect(await waiting(page)).toBe(1);
  await power("up");
  await page.reload();
  // By itself: nobody opens the chat.
  await expect.poll(() => written(site), { timeout: BACK_MS }).toEqual(["До", "Без сервера"]);
  await expect.poll(() => waiting(page)).toBe(0);
  await launcher(page).click();
  const later = await chatFrame(page);
  await expect.poll(() => field(later).inputValue()).toBe("Недописанное");
  await page.context().close();
});

test.runIf(world.mock)("a first message that could not even begin goes with the next page, without opening the chat", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await field(frame).waitFor();
  await power("down");
  await write(frame, "Первое слово");
  await bubble(frame, "Первое слово").getByText("Отправляется").waitFor({ state: "attached" });
  await expect.poll(() => waiting(page)).toBe(1);
  await page.close();
  await power("up");
  const next = await openSite(page.context(), site);
  await expect.poll(() => written(site), { timeout: BACK_MS }).toEqual(["Первое слово"]);
  await expect.poll(() => waiting(next)).toBe(0);
  await next.context().close();
});

test.runIf(world.mock)("a chat opened while the server is away is there when the server is, on the same page", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  await launcher(page).waitFor();
  await power("down");
  await launcher(page).click();
  await expect.poll(() => page.frames().length).toBe(2);
  await power("up");
  const frame = await chatFrame(page, BACK_MS);
  await say(frame, "Дождались");
  expect(await written(site)).toEqual(["Дождались"]);
  await page.context().close();
});

test.runIf(world.mock)("over a slow line it opens, sends once, and a file shows its way up", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  await launcher(page).waitFor();
  await slow(page, { kilobytes: 30, latency: 800 });
  const frame = await openChat(page);
  const text = `Медленно ${randomUUID()}`;
  await write(frame, text);
  await bubble(frame, text).getByText("Отправляется").waitFor({ state: "attached" });
  await write(frame, "И вслед");
  await frame.getByTestId("files").setInputFiles({ name: "план.png", mimeType: "image/png", buffer: Buffer.concat([picture(40, 40, 1), Buffer.alloc(60_000)]) });
  await frame.getByRole("progressbar", { name: "Загрузка файла план.png" }).waitFor();
  await write(frame, "План");
  await bubble(frame, "План").getByText("Отправлено").waitFor({ state: "attached", timeout: BACK_MS });
  expect(await written(site)).toEqual([text, "И вслед", "План"]);
  expect((await visitor(site))?.messages.at(-1)?.files).toHaveLength(1);
  await slow(page);
  await page.context().close();
});
