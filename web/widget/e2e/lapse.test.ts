import { randomUUID } from "node:crypto";
import type { Frame, Locator } from "playwright-core";
import { expect, test } from "vitest";
import { account, dev, reply, visitor, visitors, world, written } from "./world.ts";
import { bubble, call, field, heard, kept, launcher, log, openChat, openSite, profile, say, useBrowser, violations, write } from "./page.ts";

useBrowser();

const file = { name: "договор.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 a") };

/** Signed by the site for a while; `seconds` below 0: no longer. */
async function jwt(seconds: number): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return (await dev<{ jwt: string }>("jwt", { sub: "7", name: "Вера", iat: now - 7200, exp: now + seconds, jti: randomUUID() })).jwt;
}

/** A file of the strip that is up. */
function up(frame: Frame, name: string): Locator {
  return frame.locator("li:not(.refused)", { hasText: name }).getByRole("button", { name: `Убрать файл ${name}` });
}

async function signedIn(site: string) {
  const page = await openSite(await profile(), site);
  await launcher(page).waitFor();
  await call(page, "identify", await jwt(3600));
  const frame = await openChat(page);
  await expect.poll(() => heard(page, "identified")).toEqual([{ name: "Вера" }]);
  return { page, frame };
}

for (const way of ["a socket", "stream and posts"]) {
  test.runIf(world.mock)(`a customer whose sign-in ends while the chat is open, over ${way}: nothing of theirs is shown, writing goes on, signing in brings it back`, async () => {
    const site = await account();
    await dev(`${site}/faults`, { sockets: way !== "a socket" });
    const { page, frame } = await signedIn(site);
    await say(frame, "Моя тайна");
    await reply(site, "Храним");
    await log(frame).getByText("Храним").waitFor();
    await field(frame).fill("Недописанное");
    const before = (await kept(page))[`okno.${site}.token`];
    await dev(`${site}/lapse`);
    await frame.getByText("Вход на сайте закончился.").waitFor();
    await expect.poll(() => log(frame).getByRole("article").count()).toBe(0);
    expect(await violations(frame)).toEqual([]);
    expect(await heard(page, "error")).toEqual([{ code: "identity_expired" }]);
    expect((await kept(page))[`okno.${site}.token`]).not.toBe(before);
    // What was being typed stays, and goes as whoever speaks now.
    expect(await field(frame).inputValue()).toBe("Недописанное");
    await field(frame).press("Enter");
    await bubble(frame, "Недописанное").getByText("Отправлено").waitFor({ state: "attached" });
    expect((await visitor(site))?.person).toBeUndefined();
    expect(await written(site)).toEqual(["Недописанное"]);
    await reply(site, "Слышу вас");
    await log(frame).getByText("Слышу вас").waitFor();
    await call(page, "identify", await jwt(3600));
    await log(frame).getByText("Моя тайна").waitFor();
    await log(frame).getByText("Недописанное").waitFor();
    await expect.poll(() => frame.getByText("Вход на сайте закончился.").count()).toBe(0);
    await page.context().close();
  });
}

test.runIf(world.mock)("a file refused since the sign-in has ended goes as whoever speaks now, what was up before as well", async () => {
  const site = await account();
  const { page, frame } = await signedIn(site);
  await say(frame, "Я Вера");
  await frame.getByTestId("files").setInputFiles({ ...file, name: "раньше.pdf" });
  await up(frame, "раньше.pdf").waitFor();
  await dev(`${site}/faults`, { uploads: 401 });
  await frame.getByTestId("files").setInputFiles(file);
  await frame.getByText("Не загрузился: войдите на сайте ещё раз и повторите").waitFor();
  expect(await violations(frame)).toEqual([]);
  await dev(`${site}/faults`, {});
  await dev(`${site}/lapse`);
  await frame.getByText("Вход на сайте закончился.").waitFor();
  for (const name of ["раньше.pdf", file.name]) await up(frame, name).waitFor();
  await write(frame, "Вот они");
  await bubble(frame, "Вот они").getByText("Отправлено").waitFor({ state: "attached" });
  expect((await visitor(site))?.messages.at(-1)?.files.map(({ name }) => name)).toEqual(["раньше.pdf", file.name]);
  await page.context().close();
});

test.runIf(world.mock)("a token that the server has forgotten costs no file", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "До");
  await dev(`${site}/forget`);
  const uploads: number[] = [];
  page.on("response", (answer) => answer.url().includes("/uploads") && uploads.push(answer.status()));
  await frame.getByTestId("files").setInputFiles(file);
  await up(frame, file.name).waitFor();
  expect(uploads).toEqual([401, 200]);
  await write(frame, "После");
  await bubble(frame, "После").getByText("Отправлено").waitFor({ state: "attached" });
  expect((await visitor(site))?.messages.at(-1)?.files).toHaveLength(1);
  expect(await visitors(site)).toBe(2);
  await page.context().close();
});

test.runIf(world.mock)("where only customers may write, signing in again finds the text and the files", async () => {
  const site = await account({ require_identity: true });
  const { page, frame } = await signedIn(site);
  await field(frame).fill("Недописанное");
  await frame.getByTestId("files").setInputFiles(file);
  await up(frame, file.name).waitFor();
  await dev(`${site}/lapse`);
  await frame.getByText("Войдите на сайте, чтобы написать нам.").waitFor();
  expect(await field(frame).count()).toBe(0);
  // Nobody's file is taken here; it stays.
  await call(page, "identify", await jwt(3600));
  await expect.poll(() => field(frame).inputValue()).toBe("Недописанное");
  await up(frame, file.name).waitFor();
  await field(frame).press("Enter");
  await bubble(frame, "Недописанное").getByText("Отправлено").waitFor({ state: "attached" });
  expect((await visitor(site))?.messages.at(-1)?.files.map(({ name }) => name)).toEqual([file.name]);
  await page.context().close();
});
