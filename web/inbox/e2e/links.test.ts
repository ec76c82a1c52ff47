import { expect, test } from "vitest";
import { openPage, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// What clients are to each other, on the services in memory.

useBrowser();

test.runIf(world.mock)("a link is made on one card, stands on both, is changed and taken away", async () => {
  const page = await openPage();
  await signIn(page, `/clients?q=${encodeURIComponent("Пример 141")}`);
  await page.getByRole("link", { name: "ООО «Пример 141»" }).click();
  await page.getByRole("button", { name: "Добавить связь" }).click();
  const form = page.getByRole("dialog", { name: "Новая связь" });
  await form.getByRole("button", { name: "Добавить связь" }).click();
  await form.getByText("Заполните поле").first().waitFor();
  await form.getByRole("button", { name: "Другой клиент" }).click();
  const finding = page.getByRole("dialog", { name: "Другой клиент" });
  await finding.getByRole("combobox").fill("Пример 142");
  await finding.getByRole("option", { name: /Пример 142/u }).click();
  await form.getByRole("combobox", { name: "Кем он приходится" }).selectOption({ label: "Филиал" });
  await form.getByRole("textbox", { name: "Примечание" }).fill("По договору");
  await shoot(page, "links-new");
  expect(await violations(page)).toEqual([]);
  await form.getByRole("button", { name: "Добавить связь" }).click();
  await form.waitFor({ state: "detached" });
  const links = page.getByRole("list", { name: "Связи с другими клиентами" });
  await links.getByText("Филиал").waitFor();
  await shoot(page, "links-card");
  await links.getByRole("link", { name: "ООО «Пример 142»" }).click();
  await page.getByRole("heading", { name: "ООО «Пример 142»", level: 1 }).waitFor();
  await links.getByText("Головная компания").waitFor();
  await links.getByRole("button", { name: "Действия со связью: ООО «Пример 141»" }).click();
  await page.getByRole("menuitem", { name: "Изменить" }).click();
  const edit = page.getByRole("dialog", { name: "Связь: ООО «Пример 141»" });
  await edit.getByRole("textbox", { name: "Примечание" }).fill("Больше не работает");
  await edit.getByRole("button", { name: "Сохранить" }).click();
  await links.getByText("Больше не работает").waitFor();
  await links.getByRole("button", { name: "Действия со связью: ООО «Пример 141»" }).click();
  await page.getByRole("menuitem", { name: "Убрать связь" }).click();
  await page.getByText("Связей с\u00a0другими клиентами пока нет.").waitFor();
  await page.context().close();
});
