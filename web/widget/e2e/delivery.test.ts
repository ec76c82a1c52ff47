import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { account, dev, reply, visitor, visitors, world, written } from "./world.ts";
import { bubble, call, chatFrame, field, heard, kept, launcher, log, openChat, openSite, profile, say, strictProfile, useBrowser, watchFaults, write } from "./page.ts";

useBrowser();

test.runIf(world.mock)("the visitor writes, staff answers, both see what the other has read", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  expect(await visitors(site)).toBe(0);
  await say(frame, "Есть в синем?");
  expect(await written(site)).toEqual(["Есть в синем?"]);
  expect(await visitors(site)).toBe(1);
  await dev(`${site}/seen`);
  await bubble(frame, "Есть в синем?").getByText("Прочитано").waitFor({ state: "attached" });
  await dev(`${site}/typing`, { name: "Анна" });
  await frame.getByText("Анна печатает…").waitFor();
  await field(frame).pressSequentially("Ещё");
  await expect.poll(async () => (await visitor(site))?.typed).toBe(1);
  const { id } = await reply(site, "Да, **есть** на https://shop.example.ru/blue");
  await bubble(frame, "есть").getByRole("link").waitFor();
  await expect.poll(async () => (await visitor(site))?.got).toContain(id);
  await expect.poll(async () => (await visitor(site))?.messages.find((one) => one.id === id)?.read).toBe(true);
  await dev(`${site}/edit`, { id, text: "Да, два" });
  await bubble(frame, "Да, два").getByText("изменено").waitFor();
  await dev(`${site}/remove`, { id });
  await expect.poll(() => bubble(frame, "Да, два").count()).toBe(0);
  expect(await heard(page, "started")).toHaveLength(1);
  expect(await heard(page, "message")).toMatchObject([{ id, author: "Анна" }]);
  await page.context().close();
});

test.runIf(world.mock)("a closed chat reads nothing: the badge counts, opening reads", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "Вопрос");
  await page.keyboard.press("Escape");
  await reply(site, "Ответ один");
  await reply(site, "Ответ два");
  await expect.poll(() => launcher(page).getAttribute("aria-label")).toBe("Открыть чат, новых: 2");
  expect((await visitor(site))?.messages.filter(({ read, own }) => own && read)).toEqual([]);
  await launcher(page).click();
  await expect.poll(async () => (await visitor(site))?.messages.filter(({ read, own }) => own && read).length).toBe(2);
  await page.keyboard.press("Escape");
  await expect.poll(() => launcher(page).getAttribute("aria-label")).toBe("Открыть чат");
  await page.context().close();
});

test.runIf(world.mock)("without a network it keeps what is written, and sends each once when it is back", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "До");
  await page.context().setOffline(true);
  await write(frame, "Без связи один");
  await write(frame, "Без связи два");
  await bubble(frame, "Без связи два").getByText("Отправляется").waitFor({ state: "attached" });
  await frame.getByText("Нет связи. Пишите дальше").waitFor();
  expect(Object.keys(await kept(page)).filter((key) => key.includes(".out."))).toHaveLength(2);
  await page.context().setOffline(false);
  await bubble(frame, "Без связи два").getByText("Отправлено").waitFor({ state: "attached" });
  expect(await written(site)).toEqual(["До", "Без связи один", "Без связи два"]);
  await expect.poll(async () => Object.keys(await kept(page)).filter((key) => key.includes(".out."))).toEqual([]);
  await page.context().close();
});

test.runIf(world.mock)("a restart in the middle of sending neither loses nor doubles", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "До");
  // The server commits, and goes before it can say so.
  await dev(`${site}/faults`, { acks: true });
  await write(frame, "Посреди перезапуска");
  await expect.poll(() => written(site)).toContain("Посреди перезапуска");
  await dev(`${site}/faults`, {});
  await dev("cut", [1012, "retry_ms=300"]);
  await bubble(frame, "Посреди перезапуска").getByText("Отправлено").waitFor({ state: "attached" });
  await say(frame, "После");
  expect(await written(site)).toEqual(["До", "Посреди перезапуска", "После"]);
  expect(await log(frame).getByRole("article").count()).toBe(3);
  await page.context().close();
});

test.runIf(world.mock)("a tab closed with messages on their way: the next one sends them", async () => {
  const site = await account();
  const context = await profile();
  const page = await openSite(context, site);
  await say(await openChat(page), "Первое");
  await context.setOffline(true);
  await write(await chatFrame(page), "Осталось в вещах");
  await expect.poll(async () => Object.keys(await kept(page)).filter((key) => key.includes(".out.")).length).toBe(1);
  await page.close();
  await context.setOffline(false);
  const next = await openSite(context, site);
  await expect.poll(() => written(site), { timeout: 15_000 }).toEqual(["Первое", "Осталось в вещах"]);
  await next.context().close();
});

test.runIf(world.mock)("of two tabs one holds the line, both show the same, and the second takes over", async () => {
  const site = await account();
  const context = await profile();
  const first = await openSite(context, site);
  const one = await openChat(first);
  await say(one, "Из первой");
  const second = await openSite(context, site);
  const two = await openChat(second);
  await log(two).getByText("Из первой").waitFor();
  await say(two, "Из второй");
  await log(one).getByText("Из второй").waitFor();
  expect((await visitor(site))?.listeners).toBe(1);
  await reply(site, "Обеим");
  for (const frame of [one, two]) await log(frame).getByText("Обеим").waitFor();
  await first.close();
  await say(two, "Вторая ведёт");
  await reply(site, "Слышу");
  await log(two).getByText("Слышу").waitFor();
  expect(await written(site)).toEqual(["Из первой", "Из второй", "Вторая ведёт"]);
  await context.close();
});

test.runIf(world.mock)("tabs share the badge", async () => {
  const site = await account();
  const context = await profile();
  const first = await openSite(context, site);
  await say(await openChat(first), "Вопрос");
  await first.keyboard.press("Escape");
  const second = await openSite(context, site);
  await launcher(second).waitFor();
  await reply(site, "Ответ");
  for (const page of [first, second]) await expect.poll(() => launcher(page).getAttribute("aria-label")).toBe("Открыть чат, новых: 1");
  await launcher(second).click();
  for (const page of [first, second]) await expect.poll(() => launcher(page).getAttribute("aria-label")).not.toContain("новых");
  await context.close();
});

test.runIf(world.mock)("the badge counts what is not loaded as well, and reading the newest reads it all", async () => {
  const site = await account();
  const context = await profile();
  const before = await openSite(context, site);
  await say(await openChat(before), "Вопрос");
  await before.close();
  for (let n = 1; n <= 25; n += 1) await reply(site, `Ответ ${n}`);
  const page = await openSite(context, site);
  await expect.poll(() => launcher(page).getAttribute("aria-label"), { timeout: 15_000 }).toBe("Открыть чат, новых: 25");
  await launcher(page).click();
  await expect.poll(async () => (await visitor(site))?.messages.filter(({ own, read }) => own && !read).length).toBe(0);
  await page.keyboard.press("Escape");
  await expect.poll(() => launcher(page).getAttribute("aria-label")).toBe("Открыть чат");
  await context.close();
});

test.runIf(world.mock)("where WebSocket does not pass it goes by stream and posts", async () => {
  const site = await account();
  await dev(`${site}/faults`, { sockets: true });
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "Через потоки");
  await reply(site, "И обратно");
  await log(frame).getByText("И обратно").waitFor();
  expect(await written(site)).toEqual(["Через потоки"]);
  await expect.poll(async () => (await visitor(site))?.messages.filter(({ own, read }) => own && read).length).toBe(1);
  await page.context().close();
});

test.runIf(world.mock)("on the stream a signed customer writes and hears as who they are", async () => {
  const site = await account();
  await dev(`${site}/faults`, { sockets: true });
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "Ещё никто");
  const streams: string[] = [];
  page.on("request", (request) => request.url().endsWith("/stream") && streams.push(request.headers()["authorization"] ?? ""));
  const seconds = Math.floor(Date.now() / 1000);
  const { jwt } = await dev<{ jwt: string }>("jwt", { sub: "7", name: "Вера", iat: seconds, exp: seconds + 3600 });
  await call(page, "identify", jwt);
  await expect.poll(() => heard(page, "identified")).toEqual([{ name: "Вера" }]);
  await say(frame, "Уже Вера");
  expect((await visitor(site))?.person).toMatchObject({ sub: "7" });
  expect(await written(site)).toEqual(["Ещё никто", "Уже Вера"]);
  await reply(site, "Здравствуйте, Вера");
  await log(frame).getByText("Здравствуйте, Вера").waitFor();
  // Once, as the new one.
  expect(streams).toEqual([`Bearer ${(await kept(page))[`okno.${site}.token`]}`]);
  await page.context().close();
});

test.runIf(world.mock)("a token that the server has forgotten costs no message", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "Старое");
  await dev(`${site}/forget`);
  await dev("cut", [4401, ""]);
  await say(frame, "Новое");
  expect(await visitors(site)).toBe(2);
  await page.context().close();
});

test.runIf(world.mock)("what the server refuses says why, and comes back or goes again", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "До");
  await dev(`${site}/faults`, { nack: "too_large" });
  await write(frame, "Длинное");
  await bubble(frame, "Длинное").getByText("Сообщение слишком большое.").waitFor();
  await bubble(frame, "Длинное").getByRole("button", { name: "Вернуть в поле" }).click();
  await expect.poll(() => field(frame).inputValue()).toBe("Длинное");
  await expect.poll(() => bubble(frame, "Длинное").count()).toBe(0);
  await field(frame).press("Enter");
  await bubble(frame, "Длинное").getByRole("button", { name: "Повторить" }).waitFor();
  await dev(`${site}/faults`, {});
  await bubble(frame, "Длинное").getByRole("button", { name: "Повторить" }).click();
  await bubble(frame, "Длинное").getByText("Отправлено").waitFor({ state: "attached" });
  expect(await written(site)).toEqual(["До", "Длинное"]);
  await page.context().close();
});

test.runIf(world.mock)("earlier messages come as they are scrolled to, and nothing jumps", async () => {
  const site = await account();
  const context = await profile();
  const before = await openSite(context, site);
  await say(await openChat(before), "Начало");
  await dev(`${site}/history`, { count: 60 });
  await before.close();
  const page = await openSite(context, site);
  const frame = await openChat(page);
  await log(frame).getByText("Сообщение 60", { exact: true }).waitFor();
  await expect.poll(() => log(frame).evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 4)).toBe(true);
  const top = log(frame).getByText("Сообщение 42", { exact: true });
  await top.scrollIntoViewIfNeeded();
  await log(frame).evaluate((element) => element.scrollTo(0, 0));
  await log(frame).getByText("Сообщение 30", { exact: true }).waitFor({ state: "attached" });
  await expect.poll(() => log(frame).evaluate((element) => element.scrollTop)).toBeGreaterThan(100);
  await context.close();
});

test.runIf(world.mock)("in a browser that closes storage to frames of other sites everything works, and survives a closed tab", async () => {
  const site = await account();
  const { context, folder } = await strictProfile();
  // Another site for the browser, not only another origin.
  const shop = world.site.replace("127.0.0.1", "shop.localhost");
  const address = `${shop}/?options=${encodeURIComponent(JSON.stringify({ site }))}`;
  const page = await context.newPage();
  watchFaults(page);
  await page.goto(address);
  const frame = await openChat(page);
  const closed = await frame.evaluate(() => {
    try {
      return localStorage.length >= 0 ? "open" : "";
    } catch (error) {
      return (error as DOMException).name;
    }
  });
  expect(closed).toBe("SecurityError");
  await say(frame, "Закрыто");
  await context.setOffline(true);
  await write(frame, "Не ушло");
  await expect.poll(async () => Object.keys(await kept(page)).filter((key) => key.includes(".out.")).length).toBe(1);
  await page.close();
  await context.setOffline(false);
  const again = await context.newPage();
  await again.goto(address);
  const later = await openChat(again);
  await bubble(later, "Не ушло").getByText("Отправлено").waitFor({ state: "attached" });
  await log(later).getByText("Закрыто").waitFor();
  expect(await visitors(site)).toBe(1);
  await context.close();
  rmSync(folder, { recursive: true, force: true });
});
