import { expect, test } from "vitest";
import { account, power, reply, visitor, world, written } from "./world.ts";
import { bubble, field, log, openChat, openSite, profile, say, useBrowser, withClock, write } from "./page.ts";

useBrowser();

const HOUR_MS = 3_600_000;

for (const [words, ahead] of [["two days ahead", 48 * HOUR_MS], ["three years behind", -3 * 365 * 24 * HOUR_MS]] as const) {
  test.runIf(world.mock)(`a visitor whose clock is ${words} is heard like everybody, and sees things in their order and time`, async () => {
    const site = await account({ consent: { mode: "checkbox", policy_url: "", version: "1" } });
    const page = await openSite(await withClock(await profile(), ahead), site);
    const frame = await openChat(page);
    await frame.getByRole("checkbox").check();
    await say(frame, "Первое");
    await reply(site, "Ответ на первое");
    await log(frame).getByText("Ответ на первое").waitFor();
    await say(frame, "Второе");
    expect(await written(site)).toEqual(["Первое", "Второе"]);
    const shown = await log(frame).getByRole("article").allInnerTexts();
    expect(["Первое", "Ответ на первое", "Второе"].map((text) => shown.findIndex((one) => one.split("\n").includes(text)))).toEqual([0, 1, 2]);
    // All of it is of today, the server's.
    expect(await log(frame).locator(".day").allInnerTexts()).toEqual(["Сегодня"]);
    expect(Math.abs(((await visitor(site))?.consent?.at ?? 0) - Date.now())).toBeLessThan(HOUR_MS);
    await page.context().close();
  });
}

test.runIf(world.mock)("what was written with a wrong clock before the server could be asked goes as well", async () => {
  const site = await account();
  const page = await openSite(await withClock(await profile(), 48 * HOUR_MS), site);
  const frame = await openChat(page);
  await say(frame, "Прежде");
  await page.reload();
  const again = await openChat(page);
  await field(again).waitFor();
  await power("down");
  await write(again, "Пока вас нет");
  await bubble(again, "Пока вас нет").getByText("Отправляется").waitFor({ state: "attached" });
  await power("up");
  await bubble(again, "Пока вас нет").getByText("Отправлено").waitFor({ state: "attached", timeout: 40_000 });
  expect(await written(site)).toEqual(["Прежде", "Пока вас нет"]);
  await page.context().close();
});
