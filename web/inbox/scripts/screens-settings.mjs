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
  return {
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
