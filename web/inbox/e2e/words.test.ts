import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

const KEYS = new RegExp(String.raw`\b(?:inbox|row|thread|message|composer|panel|command|filter|views|bulk|voice|emoji|account|settings|profile|status|failed|action|snooze|later)\.[a-z][a-zA-Z.]+\b`, "u");

/** What the page shows and says: texts, names, hints. What people wrote is theirs and left out. */
async function words(page: Page): Promise<string> {
  return page.evaluate(() => {
    const copy = document.body.cloneNode(true) as HTMLElement;
    for (const theirs of copy.querySelectorAll("[role=log] article, li[data-id], aside dd, aside h2, [data-account]")) theirs.remove();
    const names = [...copy.querySelectorAll("[aria-label], [title], [placeholder]")].flatMap((node) => [node.getAttribute("aria-label"), node.getAttribute("title"), node.getAttribute("placeholder")]);
    return [copy.textContent, ...names].join("\n");
  });
}

// acceptance: XC-7
test("the page speaks Russian in the words of the original, and English", async () => {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await page.getByRole("log", { name: "Диалог" }).getByRole("article").first().waitFor();
  // Somebody's work names who is responsible; an earlier test may have taken it.
  const take = page.getByRole("button", { name: "Взять", exact: true }).first();
  await take.or(page.getByRole("button", { name: "Завершить", exact: true })).first().waitFor();
  if (await take.isVisible()) await take.click();
  await page.getByRole("complementary", { name: "Клиент" }).getByText("Контактные данные").waitFor();
  await page.getByText(/^Ответственный/u).first().waitFor();
  // What somebody who comes from 1C:CRM looks for, under the names it has there.
  const russian = await words(page);
  for (const term of ["Диалог", "Не назначено", "Ответственный", "Перенаправить", "Контактные данные", "Обращение №", "Учётная запись", "Клиент", "Упоминания"]) expect(russian.replaceAll("\u00a0", " ")).toContain(term);
  expect(russian).not.toMatch(KEYS);
  // Other people's words for the same things.
  expect(russian).not.toMatch(/тикет|лид(?:ы|ов)?\b|чаты\b|юзер|аккаунт|менеджер/iu);
  await page.goto(`${world.url}/settings/channels`);
  await page.getByRole("heading", { name: "Каналы", level: 1 }).waitFor();

  // English, wholly: no Cyrillic is left where the page speaks itself.
  await page.goto(`${world.url}/inbox/all`);
  await page.getByRole("listitem").first().waitFor();
  await page.getByRole("button", { name: /присутствие и вид/u }).click();
  await page.getByRole("menuitemradio", { name: "English" }).click();
  // The tests after this one speak Russian, whatever was found.
  try {
    await page.getByRole("heading", { name: "Inbox", level: 1 }).waitFor();
    await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
    await page.getByRole("log", { name: "Conversation" }).getByRole("article").first().waitFor();
    await page.getByRole("complementary", { name: "Customer" }).getByText("Contact details").waitFor();
    const english = await words(page);
    for (const term of ["Unassigned", "Responsible", "Contact details", "Account", "Mentions"]) expect(english).toContain(term);
    expect(english).not.toMatch(KEYS);
    const own = english.split("\n").filter((line) => /[а-яё]/iu.test(line) && !/Оператор|Покупатель|Бот|Почта магазина|Сайт|Русский|Пример|Руководитель|Администратор|\.txt/u.test(line));
    expect(own).toEqual([]);
  } finally {
    await page.getByRole("button", { name: /presence and preferences/u }).click();
    await page.getByRole("menuitemradio", { name: "Русский" }).click();
    await page.getByRole("heading", { name: "Диалоги", level: 1 }).waitFor();
  }
  await page.context().close();
});
