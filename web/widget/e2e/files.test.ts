import { expect, test } from "vitest";
import { picture } from "../../testing/picture.ts";
import { account, dev, reply, visitor, world } from "./world.ts";
import { bubble, chatFrame, field, launcher, log, openChat, openSite, profile, say, useBrowser, write } from "./page.ts";

useBrowser();

const image = (name: string, size = 640) => ({ name, mimeType: "image/png", buffer: picture(size, size, 3) });

test.runIf(world.mock)("a picture goes up with its progress, can be cancelled, and is shown", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "Смотрите");
  await dev(`${site}/faults`, { slow: 100 });
  const files = frame.getByTestId("files");
  const noise = Buffer.concat([picture(64, 64, 2), Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))), Buffer.alloc(4_000_000)]);
  await files.setInputFiles({ name: "большая.png", mimeType: "image/png", buffer: noise });
  await frame.getByRole("progressbar", { name: "Загрузка файла большая.png" }).waitFor();
  await frame.getByRole("button", { name: "Отменить загрузку большая.png" }).click();
  await expect.poll(() => frame.getByRole("listitem").count()).toBe(0);
  await dev(`${site}/faults`, {});
  await files.setInputFiles([image("комната.png"), image("ещё.png")]);
  // Sent before they are up: it waits for them.
  await write(frame, "Вот комната");
  await bubble(frame, "Вот комната").getByRole("button", { name: "Открыть изображение комната.png" }).waitFor();
  await bubble(frame, "Вот комната").getByText("Отправлено").waitFor({ state: "attached" });
  const sent = (await visitor(site))?.messages.at(-1);
  expect(sent?.files.map(({ name, kind }) => [name, kind])).toEqual([["комната.png", "image"], ["ещё.png", "image"]]);
  await bubble(frame, "Вот комната").getByRole("button", { name: "Открыть изображение комната.png" }).click();
  await frame.getByRole("dialog", { name: "комната.png" }).waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => frame.getByRole("dialog").count()).toBe(0);
  await field(frame).waitFor();
  await page.context().close();
});

test.runIf(world.mock)("pictures whose links have run out come again, wherever in the conversation", async () => {
  const site = await account();
  const context = await profile();
  const before = await openSite(context, site);
  await say(await openChat(before), "Покажите");
  await before.close();
  await reply(site, "Первая", { picture: 1 });
  for (let n = 1; n <= 8; n += 1) await reply(site, `Между ${n}`);
  await reply(site, "Последняя", { picture: 2 });
  const page = await openSite(context, site);
  const frame = await chatFrame(page);
  await frame.getByText("Последняя").waitFor({ state: "attached" });
  await dev(`${site}/expire`);
  const lost: number[] = [];
  page.on("response", (answer) => answer.status() === 404 && lost.push(answer.status()));
  await launcher(page).click();
  for (const text of ["Последняя", "Первая"]) {
    await bubble(frame, text).scrollIntoViewIfNeeded();
    await expect.poll(() => bubble(frame, text).locator("img").evaluateAll((all) => all.map((one) => (one as HTMLImageElement).naturalWidth)), { timeout: 15_000 }).toEqual([640]);
  }
  expect(lost.length).toBe(2);
  await context.close();
});

test.runIf(world.mock)("what cannot be attached is said in words", async () => {
  const site = await account({ limits: { text: 20, files: 2, file_bytes: 1000 } });
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  const files = frame.getByTestId("files");
  await files.setInputFiles({ name: "фильм.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(2000) });
  await frame.getByText("«фильм.mp4» не приложен: файлы бывают до 1 000 Б").waitFor();
  await files.setInputFiles({ name: "пусто.txt", mimeType: "text/plain", buffer: Buffer.alloc(0) });
  await frame.getByText("«пусто.txt» не приложен: файл пуст").waitFor();
  const small = (name: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from("a") });
  await files.setInputFiles([small("1.txt"), small("2.txt"), small("3.txt")]);
  await frame.getByText("Не больше 2 файлов в сообщении").waitFor();
  await field(frame).fill("а".repeat(23));
  await frame.getByText("Лишние 3 символа").waitFor();
  await dev(`${site}/faults`, { uploads: 415 });
  await frame.getByRole("button", { name: "Убрать файл 2.txt" }).click();
  await files.setInputFiles(small("4.exe"));
  await frame.getByText("Такие файлы не принимаются").waitFor();
  await field(frame).fill("Вот");
  await field(frame).press("Enter");
  await frame.getByText("Загрузите файл ещё раз или уберите его, и сообщение уйдёт.").waitFor();
  expect(await field(frame).inputValue()).toBe("Вот");
  await dev(`${site}/faults`, {});
  await frame.getByRole("button", { name: "Загрузить 4.exe ещё раз" }).click();
  await frame.locator("li:not(.refused)", { hasText: "4.exe" }).getByRole("button", { name: "Убрать файл 4.exe" }).waitFor();
  await frame.getByRole("button", { name: "Отправить" }).click();
  await bubble(frame, "Вот").getByRole("link", { name: /^4\.exe/u }).waitFor();
  expect(await frame.getByText("и сообщение уйдёт.").count()).toBe(0);
  await page.context().close();
});

test.runIf(world.mock)("a picture from the clipboard and a dropped file are attached", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await field(frame).evaluate((element) => {
    const data = new DataTransfer();
    data.items.add(new File(["abc"], "снимок.png", { type: "image/png" }));
    element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await frame.getByRole("button", { name: "Убрать файл снимок.png" }).waitFor();
  await frame.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["abc"], "договор.pdf", { type: "application/pdf" }));
    document.dispatchEvent(new DragEvent("dragover", { dataTransfer: data, cancelable: true }));
  });
  await frame.getByText("Отпустите файлы, чтобы приложить").waitFor();
  await frame.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["abc"], "договор.pdf", { type: "application/pdf" }));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
  });
  await frame.getByRole("button", { name: "Убрать файл договор.pdf" }).waitFor();
  await frame.getByRole("button", { name: "Отправить" }).click();
  await expect.poll(async () => (await visitor(site))?.messages.at(-1)?.files.map(({ name }) => name)).toEqual(["снимок.png", "договор.pdf"]);
  await page.context().close();
});

test.runIf(world.mock)("a recording is listened to before it is sent, and staff's is played", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await frame.getByRole("button", { name: "Записать голосовое сообщение" }).click();
  await frame.getByText("Идёт запись, 0:01").waitFor();
  await frame.getByRole("button", { name: "Остановить запись" }).click();
  const strip = frame.getByRole("list", { name: "Файлы к отправке" });
  await strip.getByRole("button", { name: "Слушать" }).click();
  await frame.getByRole("button", { name: "Отправить" }).click();
  await expect.poll(async () => (await visitor(site))?.messages.at(-1)?.files[0]?.kind).toBe("voice");
  const file = (await visitor(site))?.messages.at(-1)?.files[0];
  expect(file?.ms).toBeGreaterThan(500);
  await reply(site, "", { files: file ? [{ ...file, id: "again" }] : [] });
  await log(frame).getByRole("group", { name: "Голосовое сообщение" }).nth(1).getByRole("button", { name: "Слушать" }).click();
  await page.context().close();
});

test.runIf(world.mock)("an album is one bubble, a quote names what it answers, a button sends its word", async () => {
  const site = await account();
  const page = await openSite(await profile(), site);
  const frame = await openChat(page);
  await say(frame, "Покажите");
  // As the gateway names a message of the visitor's.
  const asked = (await visitor(site))?.messages[0]?.client ?? "";
  for (const hue of [1, 2, 3]) await reply(site, hue === 3 ? "Три вида" : "", { group: "g", picture: hue });
  await expect.poll(() => bubble(frame, "Три вида").getByRole("button", { name: /^Открыть изображение/u }).count()).toBe(3);
  await reply(site, "Какой берёте?", { reply_to: asked, buttons: [[{ title: "Первый", data: "1" }, { title: "Правила", url: "https://shop.example.ru/rules" }]] });
  await bubble(frame, "Какой берёте?").locator("blockquote").filter({ hasText: "Покажите" }).waitFor();
  expect(await frame.getByRole("link", { name: "Правила" }).getAttribute("rel")).toContain("noopener");
  const message = (await visitor(site))?.messages.at(-1)?.id;
  await frame.getByRole("button", { name: "Первый" }).click();
  await expect.poll(async () => (await visitor(site))?.presses).toEqual([{ message, data: "1" }]);
  await page.reload();
  await bubble(await openChat(page), "Какой берёте?").locator("blockquote").filter({ hasText: "Покажите" }).waitFor();
  await page.context().close();
});
