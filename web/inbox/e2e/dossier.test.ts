import { expect, test } from "vitest";
import { openPage, shoot, signIn, useBrowser, violations, world } from "./page.ts";

useBrowser();

// acceptance: CL-14
test.runIf(world.mock)("a client's dossier is one document, with nothing of the page around it", async () => {
  const page = await openPage();
  await signIn(page, "/clients");
  await page.getByRole("searchbox", { name: "Найти клиента" }).fill("Пример, склад на Примерной");
  await page.getByRole("link", { name: "Пример, склад на Примерной" }).first().click();
  await page.getByRole("button", { name: "Другие действия" }).waitFor();
  const name = (await page.getByRole("heading", { level: 1 }).textContent()) ?? "";
  await page.getByRole("button", { name: "Другие действия" }).click();
  await page.getByRole("menuitem", { name: "Досье для печати" }).click();
  const dossier = page.getByRole("region", { name: /^Досье:/u });
  await dossier.getByRole("button", { name: "Напечатать" }).and(page.locator(":not([data-loading])")).waitFor();
  for (const part of [name, "\\d+\\sконтакт", "Договоры", "История изменений"]) await dossier.getByText(new RegExp(`^${part}`, "u")).first().waitFor();
  await shoot(page, "dossier");
  expect(await violations(page)).toEqual([]);

  await page.emulateMedia({ media: "print" });
  expect(await page.getByRole("navigation").first().isVisible(), "the rail is not on paper").toBe(false);
  expect(await dossier.getByRole("button").first().isVisible(), "nor are buttons").toBe(false);
  const tall = await dossier.evaluate((element) => element.scrollHeight);
  const pdf = await page.pdf({ format: "A4" });
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/gu)?.length ?? 0;
  // A page of A4 is some 1,100 pixels high: what is scrolled to on screen is printed, too.
  expect(pages).toBeGreaterThanOrEqual(Math.floor(tall / 1_200));
  expect(pages).toBeGreaterThan(0);
  await page.emulateMedia({ media: "screen" });
  await dossier.getByRole("button", { name: "Закрыть" }).click();
  await dossier.waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.body.dataset["printed"])).toBeUndefined();
  await page.context().close();
});
