import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";

// One pane of a screen cannot be drawn: it says why in its place and offers to try again, and everything beside it lives.

useBrowser();

const REASON = "нарочно";
const MENDED = "Снова видно";

/** In place of a file of the built page: it throws while `broken` stands, then shows one line. */
async function breakFile(page: Page, file: string): Promise<void> {
  const code = `export function ${file}() { if (globalThis.broken) throw new Error("${REASON}"); return "${MENDED}"; }`;
  await page.route(new RegExp(`/assets/${file}-[^/]+\\.js$`, "u"), (route) => route.fulfill({ contentType: "text/javascript", body: code }));
  await page.addInitScript("globalThis.broken = true");
}

const rail = (page: Page) => page.getByRole("navigation", { name: "Рабочие места" });
const sections = (page: Page) => page.getByRole("navigation", { name: "Настройки" });
const list = (page: Page) => page.getByRole("listitem", { name: CUSTOMER });
const log = (page: Page) => page.getByRole("log", { name: "Диалог" });

type Pane = { path: string; file: string; lives: (page: Page) => ReturnType<typeof rail> };

const PANES: readonly Pane[] = [
  { path: "/settings/employees", file: "EmployeesPage", lives: sections },
  { path: "/settings/employees/new", file: "NewEmployeePage", lives: sections },
  { path: "/settings/employees/01890000-0000-7000-8000-000000000001", file: "EmployeePage", lives: sections },
  { path: "/settings/departments", file: "DepartmentsPage", lives: sections },
  { path: "/settings/roles", file: "RolesPage", lives: sections },
  { path: "/settings/schedules", file: "SchedulesPage", lives: sections },
  { path: "/settings/schedules/new", file: "SchedulePage", lives: sections },
  { path: "/settings/channels", file: "ChannelsPage", lives: sections },
  { path: "/settings/channels/new/telegram", file: "ConnectPage", lives: sections },
  { path: "/settings/channels/01890000-0000-7000-8000-000000000001", file: "AccountPage", lives: sections },
  { path: "/settings/cards", file: "CardsPage", lives: sections },
  { path: "/settings/directories", file: "DirectoriesPage", lives: sections },
  { path: "/settings/profile", file: "ProfilePage", lives: sections },
  { path: "/settings/notifications", file: "NoticesPage", lives: sections },
  { path: "/settings/roles", file: "SettingsLayout", lives: rail },
  { path: "/clients", file: "ClientsScreen", lives: rail },
  { path: "/inbox/all", file: "InboxPage", lives: rail },
  { path: "/inbox/all", file: "NothingOpen", lives: list },
  { path: "/inbox/all?q=ничего-такого-нет", file: "Nothing", lives: rail },
];

test.runIf(world.mock)("a pane that cannot be drawn says why and is tried again, on every route, and what is beside it lives", async () => {
  const first = await openPage();
  await signIn(first, "/settings/profile");
  for (const { path, file, lives } of PANES) {
    const page = await first.context().newPage();
    await breakFile(page, file);
    await page.goto(`${world.url}${path}`);
    await mends(page, file, lives);
    expect(await rail(page).getByRole("link", { name: /^Диалоги/u }).count(), file).toBe(1);
    await page.close();
  }
  await first.context().close();
}, 180_000);

test.runIf(world.mock).each([
  ["ConversationPane", list],
  ["CustomerPanel", log],
] as const)("a dialog's pane that cannot be drawn leaves the others: %s", async (file, lives) => {
  const page = await openPage();
  await breakFile(page, file);
  await signIn(page, "/inbox/all");
  await list(page).press("Enter");
  await mends(page, file, lives);
  await page.context().close();
});

test.runIf(world.mock)("a message that cannot be drawn leaves the field to write in", async () => {
  const page = await openPage();
  await breakFile(page, "Extras");
  await signIn(page, "/inbox/all");
  await list(page).waitFor();
  await page.goto(`${world.url}/inbox/all/${await list(page).getAttribute("data-id")}?m=76`);
  const failure = page.getByRole("alert").filter({ hasText: REASON });
  await failure.waitFor();
  await page.getByRole("textbox", { name: "Сообщение" }).fill("Пишется и без переписки");
  expect(await page.getByRole("textbox", { name: "Сообщение" }).inputValue()).toBe("Пишется и без переписки");
  await page.evaluate("globalThis.broken = false");
  await failure.getByRole("button", { name: "Повторить" }).click();
  await log(page).getByRole("article").first().waitFor();
  await page.context().close();
});

test.runIf(world.mock)("the rail's notifications and what opens over the page fail alone as well", async () => {
  const page = await openPage();
  await breakFile(page, "RailExtras");
  await breakFile(page, "KeysSheet");
  await signIn(page, "/inbox/all");
  const button = rail(page).getByRole("button", { name: new RegExp(`${REASON}.*Повторить`, "u") });
  await button.waitFor();
  await list(page).press("Shift+Slash");
  await page.getByRole("status").or(page.getByRole("alert")).filter({ hasText: REASON }).first().waitFor();
  await list(page).waitFor();
  await page.evaluate("globalThis.broken = false");
  await button.click();
  await rail(page).getByText(MENDED).waitFor();
  await page.context().close();
});

async function mends(page: Page, file: string, lives: Pane["lives"]): Promise<void> {
  const failure = page.getByRole("alert").filter({ hasText: REASON });
  await failure.waitFor();
  await lives(page).waitFor();
  await page.evaluate("globalThis.broken = false");
  await failure.getByRole("button", { name: "Повторить" }).click();
  await page.getByText(MENDED).waitFor();
  expect(await failure.count(), file).toBe(0);
  await lives(page).waitFor();
}
