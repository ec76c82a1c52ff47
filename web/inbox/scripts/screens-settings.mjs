// The settings' screens for `npm run screens`.
export function settingsScenes(base, signIn) {
  const at = (path, ready) => async (page) => {
    await signIn(page);
    await page.goto(`${base}/settings/${path}`);
    await page.waitForSelector(ready);
  };
  const then = (scene, step) => async (page) => {
    await scene(page);
    await step(page);
  };
  const employee = then(at("employees?q=head1", "tbody tr"), async (page) => {
    await page.locator("tbody a").first().click();
    await page.waitForSelector("fieldset input[name=name]");
  });
  const department = then(at("departments", "[role=treeitem]"), async (page) => {
    await page.locator("[role=treeitem]", { hasText: "Отдел продаж" }).click();
    await page.waitForSelector("section");
  });
  const schedule = then(at("schedules", "li a"), async (page) => {
    await page.locator("li a", { hasText: "Пятидневка" }).click();
    await page.waitForSelector("fieldset");
  });
  const connect = (channel, step) => then(at(`channels/new/${channel}`, "form input"), async (page) => {
    await page.locator("form button[type=submit]").click();
    await step(page);
  });
  const webchat = connect("webchat", async (page) => {
    await page.locator("form textarea").fill("https://shop.example\nhttps://www.shop.example");
    await page.locator("form button[type=submit]").click();
    await page.waitForSelector("pre");
  });
  const alarm = at("roles", "nav [data-alarm]");
  const bell = then(at("roles", "nav button[aria-haspopup=dialog]"), async (page) => {
    await page.locator("nav button[aria-haspopup=dialog]").click();
    await page.waitForSelector("[data-flyout]");
  });
  return {
    "connect-webchat-form": connect("webchat", async (page) => {
      await page.locator("form textarea").fill("https://shop.example\nshop");
      await page.locator("form details summary").click();
    }),
    "connect-webchat-wait": webchat,
    "connect-webchat-assign": then(webchat, async (page) => {
      await page.locator("button", { hasText: /Пропустить|Дальше/ }).click();
      await page.waitForSelector("form select");
    }),
    "channels-alarm": alarm,
    notices: bell,
    notifications: at("notifications", "input[type=range]"),
    "notifications-quiet": then(at("notifications", "input[type=range]"), async (page) => {
      await page.getByRole("switch", { name: /Не шуметь/ }).check({ force: true });
      await page.waitForSelector("input[type=time]");
      await page.locator("main").evaluate((main) => main.scrollTo(0, main.scrollHeight));
    }),
    "profile-totp": then(at("profile", "select"), async (page) => {
      await page.getByRole("region", { name: "Код подтверждения при входе" }).getByRole("button", { name: "Включить" }).click();
      await page.waitForSelector("svg[role=img] path");
      await page.locator("details summary").click();
      await page.locator("svg[role=img]").last().scrollIntoViewIfNeeded();
    }),
    employees: at("employees?dismissed=true", "tbody tr"),
    "employees-none": at("employees?q=zzz", "main p"),
    employee,
    "employee-dirty": then(employee, async (page) => {
      await page.locator("input[name=name]").fill("Руководитель 1 с новой фамилией");
      await page.locator("input[name=login]").fill("operator1");
      await page.keyboard.press("Control+s");
      await page.waitForSelector("[aria-invalid]");
    }),
    "employee-new": then(at("employees/new", "input[name=name]"), async (page) => {
      await page.locator("input[name=name]").fill("Анна Примерова");
      await page.locator("input[name=login]").fill(`anna${Date.now() % 100000}`);
      await page.locator("section button", { hasText: "Добавить" }).click();
      await page.waitForSelector("dialog[open] code");
    }),
    departments: at("departments", "[role=treeitem]"),
    department,
    "department-move": then(department, async (page) => {
      await page.locator("button[aria-haspopup=dialog]").first().click();
      await page.waitForSelector("dialog[open] [role=option]");
    }),
    roles: at("roles", "tbody tr"),
    schedules: at("schedules", "li a"),
    schedule,
    "schedule-wrong": then(schedule, async (page) => {
      await page.locator("fieldset input").nth(1).fill("8");
      await page.keyboard.press("Control+s");
      await page.waitForTimeout(200);
    }),
  };
}
