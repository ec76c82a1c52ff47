import { expect, test } from "vitest";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

test.runIf(world.mock)("a voice message is recorded, listened to, and goes as Ogg with Opus", async () => {
  const page = await openPage({ permissions: ["microphone"] });
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  const log = page.getByRole("log", { name: "Диалог" });
  await log.getByRole("article").first().waitFor();
  await page.getByRole("button", { name: "Записать голосовое" }).click();
  const recorder = page.getByRole("group", { name: "Записать голосовое" });
  await recorder.getByText("Идёт запись").waitFor();
  await recorder.getByText("0:01").waitFor();
  await recorder.getByRole("button", { name: "Остановить запись" }).click();
  // Heard before it goes.
  const player = recorder.getByRole("group", { name: "Прослушать перед отправкой" });
  await player.getByRole("button", { name: "Слушать" }).click();
  await player.getByRole("slider").waitFor();
  const uploaded = page.waitForRequest((request) => request.method() === "PUT" && request.url().includes("/files/"));
  await recorder.getByRole("button", { name: "Отправить" }).click();
  const { pathname } = new URL((await uploaded).url());
  await log.getByRole("group", { name: /^Голосовое, 0:0/u }).last().waitFor({ timeout: 20_000 });
  const start = await page.evaluate(async (path) => (await (await fetch(path)).text()).slice(0, 80), pathname);
  expect(start.slice(0, 4)).toBe("OggS");
  expect(start).toContain("OpusHead");
  await page.context().close();
});
