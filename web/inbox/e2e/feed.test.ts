import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { LOOKS, openPage, shoot, signIn, useBrowser, violations, world } from "./page.ts";

useBrowser();

/** A client with dialogs in two channels, opened from the list; its feed. */
async function openFeed(page: Page) {
  await signIn(page, "/clients");
  await page.goto(`${world.url}/clients?q=${encodeURIComponent("Покупатель 1")}`);
  await page.getByRole("link", { name: "Покупатель 1", exact: true }).click();
  const feed = page.getByRole("region", { name: "Лента", exact: true });
  await feed.getByRole("listitem").first().waitFor();
  return feed;
}

// acceptance: CL-4
test.runIf(world.mock)("the feed shows messages, requests, files and changes by days, and leads to the dialog", async () => {
  const page = await openPage();
  const feed = await openFeed(page);
  await feed.getByText("Сообщение от клиента").first().waitFor();
  await feed.getByText(/Обращение\s№\s\d+/u).first().waitFor();
  expect(await feed.getByRole("heading", { level: 3 }).count()).toBeGreaterThan(0);
  const rows = feed.getByRole("listitem");
  expect(await rows.count()).toBeLessThanOrEqual(80);
  await shoot(page, "feed");
  await feed.getByRole("link", { name: "Сообщение от клиента" }).first().click();
  await page.getByRole("log", { name: "Диалог" }).getByRole("article").first().waitFor();
  expect(page.url()).toMatch(/\/inbox\/all\/[\w-]+\?.*m=\d+/u);
  await page.context().close();
});

// acceptance: CL-5
test.runIf(world.mock)("filters stand in the address and are taken away one by one", async () => {
  const page = await openPage();
  const feed = await openFeed(page);
  await feed.getByRole("button", { name: "Фильтр" }).click();
  const filter = page.getByRole("dialog", { name: "Фильтр" });
  await filter.getByRole("checkbox", { name: "Обращения" }).check();
  await expect.poll(() => page.url()).toContain("kinds=request");
  await expect.poll(() => feed.getByText("Сообщение от клиента").count()).toBe(0);
  await page.keyboard.press("Escape");
  await page.reload();
  await feed.getByText(/Обращение\s№\s\d+/u).first().waitFor();
  await feed.getByRole("button", { name: /Убрать.*Обращения/u }).click();
  await feed.getByText("Сообщение от клиента").first().waitFor();

  const search = feed.getByRole("searchbox", { name: "Поиск в ленте" });
  await search.fill("такого здесь никто не писал");
  await feed.getByText("Под эти условия ничего не подходит.").waitFor();
  await shoot(page, "feed-nothing");
  await feed.getByRole("button", { name: "Показать всё" }).click();
  await feed.getByText("Сообщение от клиента").first().waitFor();
  await page.context().close();
});

// acceptance: CL-6
test.runIf(world.mock)("a pin is set by keyboard, stays over a reload, and nobody else has it", async () => {
  const page = await openPage();
  const feed = await openFeed(page);
  await feed.getByRole("button", { name: /^Закрепить/u }).first().focus();
  await page.keyboard.press("Enter");
  const pinned = feed.getByRole("region", { name: "Закреплено мной" });
  await pinned.getByRole("listitem").first().waitFor();
  await page.reload();
  await pinned.getByRole("listitem").first().waitFor();
  await shoot(page, "feed-pinned");
  const other = await openPage();
  await signIn(other, new URL(page.url()).pathname, { login: "operator2", password: world.password });
  const theirs = other.getByRole("region", { name: "Лента", exact: true });
  await theirs.getByRole("listitem").first().waitFor();
  expect(await theirs.getByRole("region", { name: "Закреплено мной" }).count()).toBe(0);
  for (const button of await pinned.getByRole("button", { name: /^Открепить/u }).all()) await button.press("Enter");
  await expect.poll(() => pinned.count()).toBe(0);
  await other.context().close();
  await page.context().close();
});

test.runIf(world.mock)("a note that a colleague writes meanwhile comes on top by itself", async () => {
  const page = await openPage();
  const feed = await openFeed(page);
  const dialog = await feed.getByRole("link", { name: "Сообщение от клиента" }).first().getAttribute("href");
  const other = await openPage();
  await signIn(other, dialog?.replace(/\?.*/u, "") ?? "", { login: "operator2", password: world.password });
  const words = `Просит перезвонить ${Date.now()}`;
  await other.getByRole("log", { name: "Диалог" }).getByRole("article").first().waitFor();
  await other.keyboard.press("n");
  await other.keyboard.type(words);
  await other.keyboard.press("Control+Enter");
  await feed.getByText(words).waitFor();
  await other.context().close();
  await page.context().close();
});

test.runIf(world.mock)("the feed passes axe in every look", async () => {
  const page = await openPage();
  await openFeed(page);
  for (const look of LOOKS) {
    await page.setViewportSize(look.viewport);
    await page.emulateMedia({ colorScheme: look.colorScheme });
    expect(await violations(page), look.name).toEqual([]);
  }
  await page.context().close();
});
