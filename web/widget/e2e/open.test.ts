import { expect, test } from "vitest";
import { account, reply, world } from "./world.ts";
import { call, chatFrame, field, heard, launcher, log, openChat, openSite, profile, say, theBrowser, useBrowser } from "./page.ts";

useBrowser();

const focused = "okno-chat";

test.runIf(world.mock)("the button opens, Esc closes, the focus comes back; by keyboard alone", async () => {
  const page = await openSite(await profile(), await account());
  await launcher(page).waitFor();
  expect(await launcher(page).getAttribute("aria-expanded")).toBe("false");
  await launcher(page).focus();
  await page.keyboard.press("Enter");
  const frame = await chatFrame(page);
  await expect.poll(() => field(frame).evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await launcher(page).getAttribute("aria-expanded")).toBe("true");
  expect(await launcher(page).getAttribute("aria-label")).toBe("Закрыть чат");
  await page.keyboard.press("Escape");
  await expect.poll(() => launcher(page).getAttribute("aria-expanded")).toBe("false");
  expect(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.localName)).toBe("button");
  // Nobody is trapped: Tab leads out of the panel beside the page.
  await page.keyboard.press("Enter");
  await expect.poll(() => launcher(page).getAttribute("aria-expanded")).toBe("true");
  let left = false;
  for (let n = 0; n < 30 && !left; n += 1) {
    await page.keyboard.press("Tab");
    left = await page.evaluate((host) => document.activeElement?.localName !== host, focused);
  }
  expect(left).toBe(true);
  expect((await heard(page, "open")).length).toBe(2);
  expect((await heard(page, "close")).length).toBe(1);
  expect(await page.evaluate(() => (globalThis as unknown as { mirrored: string[] }).mirrored)).toEqual(["open", "open"]);
  await page.context().close();
});

test.runIf(world.mock)("what a screen reader is told", async () => {
  const page = await openSite(await profile(), await account({ greeting: "Здравствуйте." }));
  const frame = await openChat(page);
  expect(await page.getByRole("dialog", { name: "Магазин" }).getAttribute("aria-modal")).toBe("false");
  await say(frame, "Привет");
  expect(await frame.locator("main").ariaSnapshot()).toContain('log "Сообщения"');
  const tree = await frame.locator("main").ariaSnapshot();
  for (const line of ['heading "Магазин" [level=1]', 'button "Закрыть чат"', 'article /Вы, \\d\\d:\\d\\d/', "Отправлено", 'button "Приложить файл"', 'textbox "Сообщение"']) {
    expect(tree).toMatch(line.includes("/") ? /article "Вы, \d\d:\d\d"/ : new RegExp(line.replace(/[[\]]/g, "\\$&")));
  }
  expect(await log(frame).getAttribute("aria-live")).toBe("off");
  await page.context().close();
});

test.runIf(world.mock)("only what is new is said, once", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await frame.evaluate(() => {
    const heard: string[] = [];
    Object.assign(globalThis, { said: heard });
    const node = document.querySelector("[data-testid=announcer]");
    if (node) new MutationObserver(() => heard.push((node.textContent ?? "").replaceAll("\u200b", ""))).observe(node, { childList: true, characterData: true, subtree: true });
  });
  await say(frame, "Моё");
  await reply(site, "Ваш заказ готов");
  const said = (): Promise<string[]> => frame.evaluate(() => (globalThis as unknown as { said: string[] }).said);
  await expect.poll(said).toEqual(["Анна: Ваш заказ готов"]);
  await page.context().close();
});

test.runIf(world.mock)("a link with the attribute, the address's hash and the command open it, none twice", async () => {
  const site = await account();
  const context = await profile();
  const page = await openSite(context, site);
  await launcher(page).waitFor();
  await page.getByRole("button", { name: "Написать нам" }).click();
  await expect.poll(() => launcher(page).getAttribute("aria-expanded")).toBe("true");
  await call(page, "open");
  await call(page, "toggle");
  await expect.poll(() => launcher(page).getAttribute("aria-expanded")).toBe("false");
  const linked = await openSite(context, site, "#okno");
  const frame = await chatFrame(linked);
  await field(frame).waitFor();
  // It opened by itself, so it takes no focus.
  expect(await linked.evaluate(() => document.activeElement?.localName)).toBe("body");
  await context.close();
});

test.runIf(world.mock)("on a phone it fills the screen and is modal; the site is back as it was", async () => {
  const page = await openSite(await profile({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }), await account());
  const frame = await openChat(page);
  const dialog = page.getByRole("dialog");
  expect(await dialog.getAttribute("aria-modal")).toBe("true");
  expect(await dialog.boundingBox()).toMatchObject({ x: 0, y: 0, width: 390, height: 844 });
  expect(await page.evaluate(() => document.body.inert)).toBe(true);
  await frame.getByRole("button", { name: "Закрыть чат" }).click();
  await launcher(page).waitFor();
  expect(await page.evaluate(() => document.body.inert)).toBe(false);
  await page.context().close();
});

test.runIf(world.mock)("the root is closed to the site, and nothing of the page moves", async () => {
  const context = await theBrowser().newContext();
  const page = await context.newPage();
  await page.addInitScript(() => {
    Object.assign(globalThis, { shift: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) (globalThis as unknown as { shift: number }).shift += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(`${world.site}/?options=${encodeURIComponent(JSON.stringify({ site: await account() }))}`);
  await expect.poll(() => page.evaluate(() => document.querySelector("okno-chat") !== null)).toBe(true);
  expect(await page.evaluate(() => document.querySelector("okno-chat")?.shadowRoot)).toBe(null);
  await call(page, "open");
  await chatFrame(page);
  expect(await page.evaluate(() => (globalThis as unknown as { shift: number }).shift)).toBe(0);
  expect(await page.evaluate(() => document.querySelector("okno-chat")?.getAttribute("style"))).toBe(null);
  await context.close();
});

test.runIf(world.mock)("inside an element of the site it has no button and is there at once", async () => {
  const page = await openSite(await profile(), { site: await account(), inline: "#place" });
  const frame = await chatFrame(page);
  await field(frame).waitFor();
  expect(await launcher(page).count()).toBe(0);
  const [outer, inner] = await Promise.all([page.locator("#place").boundingBox(), page.locator("okno-chat iframe").boundingBox()]);
  expect(inner?.width).toBeCloseTo(outer?.width ?? 0, -1);
  await page.context().close();
});

test.runIf(world.mock)("a site that draws itself anew keeps its chat, open and as it was", async () => {
  const page = await openSite(await profile(), await account());
  const frame = await openChat(page);
  await field(frame).fill("Недописанное");
  await page.evaluate(() => document.documentElement.replaceChild(document.createElement("body"), document.body));
  expect(await field(frame).inputValue()).toBe("Недописанное");
  await page.evaluate(() => document.querySelector("okno-chat")?.remove());
  const again = await chatFrame(page);
  await expect.poll(() => field(again).inputValue()).toBe("Недописанное");
  await page.context().close();
});

test.runIf(world.mock)("a page of its own works without a site", async () => {
  const site = await account();
  const page = await (await profile()).newPage();
  await page.goto(`${world.gateway}/webchat/${site}/page`);
  const frame = page.mainFrame();
  await say(frame, "По ссылке");
  await reply(site, "Отвечаем");
  await log(frame).getByText("Отвечаем").waitFor();
  await page.reload();
  await log(page.mainFrame()).getByText("Отвечаем").waitFor();
  expect(await page.title()).toBe("Магазин");
  await page.context().close();
});

test.runIf(world.mock)("the demo shop without a chat says why, and is a shop all the same", async () => {
  const context = await profile();
  for (const [status, words] of [[404, "Чат витрины выключен или не заведён."], [503, "Чат сейчас не отвечает."]] as const) {
    const page = await context.newPage();
    await page.route("**/demo/chat.json", (route) => route.fulfill({ status, body: "" }));
    await page.goto(`${world.site}/demo/`);
    await page.getByText(words).waitFor();
    await page.getByRole("link", { name: /Лампа «Маяк»/u }).waitFor();
    expect(await launcher(page).count()).toBe(0);
  }
  await context.close();
});
