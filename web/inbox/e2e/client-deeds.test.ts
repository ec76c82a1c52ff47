import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { picture } from "../../testing/picture.ts";
import { openPage, pressRussian, shoot, signIn, useBrowser, violations, world } from "./page.ts";

// What is done to many clients at once, and the photo of one.

useBrowser();

const table = (page: Page) => page.getByRole("table", { name: "Клиенты" });
const rows = (page: Page) => table(page).getByRole("rowgroup").last().getByRole("row");
const bar = (page: Page) => page.getByRole("region", { name: "Действия с выбранными клиентами" });

async function openList(page: Page, search: string): Promise<void> {
  await signIn(page, "/clients");
  await page.goto(`${world.url}/clients?q=${encodeURIComponent(search)}`);
  await rows(page).first().waitFor();
}

test.runIf(world.mock)("chosen clients get a responsible and a tag, lose it, are archived and come back", async () => {
  const page = await openPage();
  await openList(page, "Пример 24");
  const all = await rows(page).count();
  expect(all).toBeGreaterThan(2);
  await pressRussian(page, "о", "KeyJ");
  await pressRussian(page, "ч", "KeyX");
  await bar(page).getByText(/^Выбран\s1$/u).waitFor();
  await table(page).getByRole("checkbox").nth(3).click({ modifiers: ["Shift"] });
  await bar(page).getByText(/^Выбрано\s3$/u).waitFor();
  await shoot(page, "deeds-chosen");
  expect(await violations(page)).toEqual([]);
  await bar(page).getByRole("button", { name: "Ответственный" }).click();
  await page.getByRole("dialog").getByRole("option", { name: "Никто" }).click();
  await page.getByText(/^Ответственный сменён у\s\d\sклиент/u).waitFor();
  await bar(page).waitFor({ state: "detached" });

  await table(page).getByRole("checkbox", { name: "Выбрать всех загруженных" }).check();
  await bar(page).getByRole("button", { name: "Добавить метку" }).click();
  await page.getByRole("dialog").getByRole("combobox").fill("Для многих");
  await page.keyboard.press("Enter");
  await page.getByText(/^Метка добавлена/u).waitFor();
  await page.keyboard.press("Control+a");
  await bar(page).getByRole("button", { name: "Убрать метку" }).click();
  await page.getByRole("dialog").getByRole("option", { name: "Для многих" }).click();
  await page.getByText(/^Метка убрана/u).waitFor();

  const first = (await rows(page).first().getByRole("link").first().textContent()) ?? "";
  await table(page).getByRole("checkbox", { name: `Выбрать: ${first}` }).check();
  await bar(page).getByRole("button", { name: "В архив" }).click();
  await page.getByText(/^В\sархиве 1\sклиент\.$/u).waitFor();
  await expect.poll(() => rows(page).count()).toBe(all - 1);
  await page.keyboard.press("z");
  await expect.poll(() => rows(page).count()).toBe(all);

  await table(page).getByRole("checkbox").nth(1).check();
  await table(page).getByRole("checkbox").nth(2).check();
  await page.keyboard.press("Escape");
  await bar(page).waitFor({ state: "detached" });
  await table(page).getByRole("checkbox").nth(1).check();
  await table(page).getByRole("checkbox").nth(2).check();
  await bar(page).getByRole("button", { name: "Объединить" }).click();
  await page.getByRole("region", { name: "Сравнение клиентов" }).getByRole("radio").first().waitFor();
  await page.context().close();
});

test.runIf(world.mock)("a client that cannot be changed stays chosen, and why is said", async () => {
  const page = await openPage();
  await openList(page, "Пример 26");
  const name = (await rows(page).nth(1).getByRole("link").first().textContent()) ?? "";
  let calls = 0;
  // The first of them does not arrive.
  await page.route("**/UpdateClient", (route) => ((calls += 1) === 1 ? route.abort() : route.continue()));
  await table(page).getByRole("checkbox", { name: `Выбрать: ${name}` }).check();
  await table(page).getByRole("checkbox").nth(1).check();
  await bar(page).getByRole("button", { name: "Добавить метку" }).click();
  await page.getByRole("dialog").getByRole("option", { name: "Выставка 2026" }).click();
  const refused = page.getByRole("alert");
  await refused.getByText(/^Не\sполучилось у\s1\sклиента$/u).waitFor();
  await bar(page).getByText(/^Выбран\s1$/u).waitFor();
  await shoot(page, "deeds-refused");
  await page.context().close();
});

// acceptance: CL-1
test.runIf(world.mock)("a photo is uploaded, shown, looked at, removed and brought back", async () => {
  const page = await openPage();
  await openList(page, "Пример 28");
  await rows(page).first().getByRole("link").first().click();
  const button = page.getByRole("button", { name: "Фото клиента" });
  await button.click();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("menuitem", { name: "Загрузить фото" }).click()]);
  await chooser.setFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await page.getByText("Это не\u00a0картинка", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Скрыть" }).first().click();
  await button.click();
  const [again] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("menuitem", { name: "Загрузить фото" }).click()]);
  await again.setFiles({ name: "photo.png", mimeType: "image/png", buffer: picture(1200, 900, 3) });
  const photo = page.getByRole("img", { name: /^Фото: / });
  await photo.waitFor();
  await expect.poll(() => photo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(512);
  await shoot(page, "deeds-photo");
  expect(await violations(page)).toEqual([]);
  await page.reload();
  await photo.waitFor();
  await button.click();
  await page.getByRole("menuitem", { name: "Открыть фото" }).click();
  await page.getByRole("dialog").getByRole("img").waitFor();
  await page.keyboard.press("Escape");
  await button.click();
  await page.getByRole("menuitem", { name: "Убрать фото" }).click();
  await photo.waitFor({ state: "detached" });
  await page.keyboard.press("z");
  await photo.waitFor();
  await page.context().close();
});
