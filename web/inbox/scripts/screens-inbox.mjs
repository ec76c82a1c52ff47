// The inbox's screens for `npm run screens`, besides those that stand there.
export function inboxScenes(base, signIn, thread) {
  const list = (path) => async (page) => {
    await signIn(page);
    await page.goto(`${base}/inbox/${path}`);
    await page.waitForSelector("li[data-id]");
  };
  const then = (scene, step) => async (page) => {
    await scene(page);
    await step(page);
  };
  const all = list("all");
  const press = (label) => async (page) => {
    await page.getByRole("button", { name: label }).first().click();
    await page.waitForTimeout(300);
  };
  const written = then(thread, (page) => page.locator("#composer").fill("Добрый день! Отправляем сегодня."));
  const sendMenu = (item) =>
    then(written, async (page) => {
      await press("Способы отправки")(page);
      await page.getByRole("menuitem", { name: item }).click();
      await page.waitForSelector("dialog[open]");
    });
  return {
    compact: then(all, async (page) => {
      await press("Порядок и плотность")(page);
      await page.getByRole("menuitemradio", { name: "Компактно" }).click();
    }),
    filter: then(all, async (page) => {
      await press("Отбор")(page);
      await page.getByRole("button", { name: /^Состояние/ }).click();
    }),
    filtered: then(list("all?account=none&unread=true"), async () => undefined),
    "filter-chips": list("all?state=unassigned,in_work&unread=true&channel=telegram"),
    views: then(all, async (page) => {
      await page.locator('nav[aria-label="Виды списка"] button').click();
      await page.waitForTimeout(300);
    }),
    "save-view": then(list("all?unread=true"), async (page) => {
      await page.getByRole("button", { name: "Сохранить вид" }).click();
      await page.waitForSelector("dialog[open]");
    }),
    bulk: then(all, async (page) => {
      for (const key of ["j", "x", "Shift+J", "Shift+J"]) await page.keyboard.press(key);
      await page.waitForSelector('section[aria-label="Выбранные диалоги"]');
    }),
    "row-menu": then(all, async (page) => {
      await page.locator("li[data-id]").nth(2).click({ button: "right" });
      await page.waitForSelector("[role=menu]");
    }),
    palette: then(thread, async (page) => {
      await page.keyboard.press("Control+k");
      await page.waitForSelector("dialog[open]");
      await page.waitForTimeout(200);
    }),
    emoji: then(thread, press("Эмодзи")),
    later: sendMenu("Отправить позже"),
    snooze: then(thread, async (page) => {
      await page.locator("[role=log]").focus();
      await page.keyboard.press("h");
      await page.waitForSelector("dialog[open]");
    }),
    site: then(all, async (page) => {
      await page.getByRole("listitem", { name: /^Покупатель 1, Чат на сайте/ }).getByRole("link").click();
      await page.waitForSelector("[data-message]");
    }),
    failed: then(thread, async (page) => {
      await page.locator("button", { hasText: "Другим каналом" }).first().click();
      await page.waitForTimeout(300);
    }),
    "view-gone": async (page) => {
      await signIn(page);
      await page.goto(`${base}/inbox/v-0190aaaa-0000-7000-8000-000000000000`);
      await page.waitForTimeout(800);
    },
    offline: then(written, async (page) => {
      await page.context().setOffline(true);
      await page.keyboard.press("Control+Enter");
      await page.waitForTimeout(5_000);
    }),
  };
}
