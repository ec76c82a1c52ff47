import { expect, test } from "vitest";
import { account, dev, reply, visitor, visitors, world, written } from "./world.ts";
import { bubble, call, chatFrame, field, heard, kept, launcher, log, openChat, openSite, profile, say, useBrowser, write } from "./page.ts";

useBrowser();

const jwt = async (sub: string, name: string, seconds = 3600): Promise<string> =>
  (await dev<{ jwt: string }>("jwt", { sub, name, iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + seconds })).jwt;

test.runIf(world.mock)("where they came from goes along: first and last touch, pages of the visit", async () => {
  const site = await account();
  const context = await profile();
  const landing = await openSite(context, site, "", "utm_source=ya&yclid=42&token=secret&");
  await launcher(landing).waitFor();
  await landing.close();
  const page = await openSite(context, { site, query: ["p"] }, "", "utm_source=vk&");
  const frame = await openChat(page);
  await say(frame, "Здравствуйте");
  await page.evaluate(() => {
    document.title = "Кружка";
    history.pushState(null, "", "/goods?p=7&session=1#reviews");
  });
  await expect.poll(async () => (await visitor(site))?.pages.at(-1)).toMatchObject({ url: `${world.site}/goods?p=7`, ref: `${world.site}/?utm_source=vk` });
  await page.evaluate(() => void (location.hash = "#/cart?key=1"));
  await expect.poll(async () => (await visitor(site))?.pages.at(-1)?.url).toBe(`${world.site}/goods?p=7#/cart`);
  await dev("cut");
  await expect.poll(async () => (await visitor(site))?.touch).toMatchObject({
    first: { fields: { utm_source: "ya", yclid: "42" }, url: `${world.site}/?utm_source=ya&yclid=42` },
    last: { fields: { utm_source: "vk" } },
  });
  await context.close();
});

test.runIf(world.mock)("nothing of it is kept before the site has the consent", async () => {
  const site = await account({ storage_consent: true });
  const page = await openSite(await profile(), site, "", "utm_source=ya&");
  await launcher(page).waitFor();
  expect(await kept(page)).toEqual({});
  await call(page, "consent", true);
  expect(Object.keys(await kept(page))).toEqual([`okno.${site}.touch`]);
  await call(page, "consent", false);
  expect(await kept(page)).toEqual({});
  await page.context().close();
});

test.runIf(world.mock)("nor is it sent, and a consent that comes later brings it, with what the cookies know by then", async () => {
  const site = await account({ storage_consent: true });
  const page = await openSite(await profile(), site, "", "utm_source=ya&yclid=42&");
  const frame = await openChat(page);
  await say(frame, "Без согласия");
  await dev("cut");
  await say(frame, "И снова");
  const before = await visitor(site);
  expect(before?.touch).toBeUndefined();
  expect(JSON.stringify(before?.pages)).not.toMatch(/utm_|clid/);
  await page.evaluate(() => void (document.cookie = "_ym_uid=77"));
  await call(page, "consent", true);
  await say(frame, "С согласием");
  expect((await visitor(site))?.touch).toMatchObject({ first: { fields: { utm_source: "ya", yclid: "42", _ym_uid: "77" } } });
  await page.context().close();
});

test.runIf(world.mock)("a signed customer has the same conversation everywhere, and leaves nothing behind", async () => {
  const site = await account();
  const context = await profile();
  const page = await openSite(context, site);
  const frame = await openChat(page);
  await say(frame, "Ещё никто");
  await call(page, "identify", await jwt("7", "Вера"));
  await expect.poll(() => heard(page, "identified")).toEqual([{ name: "Вера" }]);
  await say(frame, "Уже Вера");
  await reply(site, "Здравствуйте, Вера");
  await log(frame).getByText("Здравствуйте, Вера").waitFor();
  // Elsewhere the same person sees the same.
  const elsewhere = await openSite(await profile(), site);
  await launcher(elsewhere).waitFor();
  await call(elsewhere, "identify", await jwt("7", "Вера"));
  const there = await openChat(elsewhere);
  for (const text of ["Ещё никто", "Уже Вера", "Здравствуйте, Вера"]) await log(there).getByText(text, { exact: true }).waitFor();
  // Logged out, on all tabs, nothing is left.
  const second = await openSite(context, site);
  const beside = await openChat(second);
  await log(beside).getByText("Уже Вера").waitFor();
  await field(beside).fill("Тайна");
  await call(page, "logout");
  for (const one of [frame, beside]) await expect.poll(() => log(one).getByRole("article").count()).toBe(0);
  await expect.poll(async () => Object.keys(await kept(page)).filter((key) => !key.endsWith(".touch"))).toEqual([]);
  expect(await field(beside).inputValue()).toBe("");
  await say(frame, "Другой человек");
  await expect.poll(() => log(frame).getByRole("article").count()).toBe(1);
  expect(await written(site)).toEqual(["Другой человек"]);
  await context.close();
  await elsewhere.context().close();
});

test.runIf(world.mock)("where a signature is required nobody writes without, nor with a bad one", async () => {
  const site = await account({ require_identity: true });
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await frame.getByText("Войдите на сайте, чтобы написать нам.").waitFor();
  expect(await field(frame).count()).toBe(0);
  await call(page, "identify", await jwt("9", "Борис", -10));
  await frame.getByText("Не удалось подтвердить, кто вы.").waitFor();
  expect(await heard(page, "error")).toEqual([{ code: "identity" }]);
  await call(page, "identify", await jwt("9", "Борис"));
  await say(frame, "Подписано");
  await page.context().close();
});

const FIELDS = [
  { name: "name", title: "", kind: "text" as const, required: true },
  { name: "phone", title: "", kind: "phone" as const, required: false },
  { name: "topic", title: "О чём", kind: "select" as const, required: true, options: [{ value: "order", title: "Заказ" }] },
];

test.runIf(world.mock)("the form before the chat asks what it must, once, and goes with the first message", async () => {
  const site = await account({ prechat: { mode: "required", fields: FIELDS }, consent: { mode: "checkbox", policy_url: "https://shop.example.ru/policy", version: "2026-11" } });
  const context = await profile();
  const page = await openSite(context, site);
  const frame = await openChat(page);
  await call(page, "setFields", { plan: "pro" });
  const go = frame.getByRole("button", { name: "Начать разговор" });
  await go.click();
  const name = frame.getByRole("textbox", { name: "Имя" });
  await expect.poll(() => name.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await name.getAttribute("aria-invalid")).toBe("true");
  await name.fill("Анна");
  await frame.getByRole("textbox", { name: "Телефон" }).fill("12");
  await go.click();
  await frame.getByText("Проверьте номер").waitFor();
  await frame.getByRole("textbox", { name: "Телефон" }).fill("+7 900 000-00-00");
  await frame.getByRole("combobox", { name: "О чём" }).selectOption("order");
  await go.click();
  await frame.getByText("Без согласия отправить нельзя").waitFor();
  await frame.getByRole("checkbox").check();
  await go.click();
  expect(await visitors(site)).toBe(0);
  await say(frame, "Где заказ?");
  const there = await visitor(site);
  expect(there?.forms).toEqual([[
    { name: "name", title: "Имя", value: "Анна" }, { name: "phone", title: "Телефон", value: "+7 900 000-00-00" },
    { name: "topic", title: "О чём", value: "order" }, { name: "plan", title: "plan", value: "pro" },
  ]]);
  expect(there?.consent?.version).toBe("2026-11");
  expect(await heard(page, "form")).toHaveLength(1);
  await say(frame, "Второе");
  expect((await visitor(site))?.forms).toHaveLength(1);
  await page.reload();
  await field(await openChat(page)).waitFor();
  await context.close();
});

test.runIf(world.mock)("an optional form may be skipped, and a command of the site's writes", async () => {
  const site = await account({ prechat: { mode: "optional", fields: FIELDS.slice(0, 1) } });
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await frame.getByRole("button", { name: "Пропустить" }).click();
  await field(frame).waitFor();
  await call(page, "send", "С сайта");
  await bubble(frame, "С сайта").getByText("Отправлено").waitFor({ state: "attached" });
  expect(await written(site)).toEqual(["С сайта"]);
  await page.context().close();
});

test.runIf(world.mock)("out of hours a message and a contact are left, and the office is told as it is", async () => {
  const site = await account({ office: { open: false, online: 0, opens_at: Date.now() + 30 * 86_400_000 }, offline: { mode: "form", fields: [{ name: "email", title: "", kind: "email", required: true }] } });
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await frame.getByText(/Сейчас не\sработаем, снова на\sсвязи/u).waitFor();
  await field(frame).fill("Перезвоните");
  await frame.getByRole("textbox", { name: "Почта" }).fill("anna@example");
  await frame.getByRole("button", { name: "Оставить сообщение" }).click();
  await frame.getByText("Проверьте адрес").waitFor();
  await frame.getByRole("textbox", { name: "Почта" }).fill("anna@example.ru");
  await frame.getByRole("button", { name: "Оставить сообщение" }).click();
  await bubble(frame, "Перезвоните").getByText("Отправлено").waitFor({ state: "attached" });
  expect((await visitor(site))?.forms).toEqual([[{ name: "email", title: "Почта", value: "anna@example.ru" }]]);
  await dev(`${site}/office`, { open: true, online: 0 });
  await frame.getByText("Сейчас все заняты").waitFor();
  await dev(`${site}/office`, { open: true, online: 1, reply_seconds: 250 });
  await frame.getByText("Обычно отвечаем за 5 мин").waitFor();
  await page.context().close();
});

test.runIf(world.mock)("without consent nothing is sent, not even a file", async () => {
  const site = await account({ consent: { mode: "checkbox", policy_url: "https://shop.example.ru/policy", version: "1" } });
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await write(frame, "Рано");
  await frame.getByText("Без согласия отправить нельзя").waitFor();
  await frame.getByTestId("files").setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("a") });
  expect(await visitors(site)).toBe(0);
  expect(await field(frame).inputValue()).toBe("Рано");
  await frame.getByRole("checkbox").check();
  await field(frame).press("Enter");
  await bubble(frame, "Рано").getByText("Отправлено").waitFor({ state: "attached" });
  await expect.poll(() => frame.getByRole("checkbox").count()).toBe(0);
  await page.context().close();
});

test.runIf(world.mock)("a wrong account is an event for the site, and no error in its page", async () => {
  const page = await openSite(await profile(), "01890000-0000-7000-8000-000000000000");
  await expect.poll(() => heard(page, "error")).toMatchObject([{ code: "config" }]);
  expect(await page.locator("okno-chat").count()).toBe(0);
  await page.context().close();
});

test.runIf(world.mock)("a stranger's message to the frame or to the site is not listened to", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await page.evaluate(() => postMessage({ okno: 1, t: "event", name: "unread", detail: 9 }, "*"));
  await frame.evaluate(() => postMessage({ okno: 1, t: "send", text: "Подделка" }, "*"));
  await say(frame, "Своё");
  expect(await written(site)).toEqual(["Своё"]);
  expect(await heard(page, "unread")).not.toContain(9);
  await chatFrame(page);
  await page.context().close();
});
