import { randomUUID } from "node:crypto";
import type { Frame, Locator } from "playwright-core";
import { expect, test } from "vitest";
import { tone } from "../../testing/sound.ts";
import { operator } from "./operator.ts";
import { bubble, launcher, log, openChat, profile, say, useBrowser, watchFaults, write } from "./page.ts";
import { world } from "./world.ts";

// On the gateway in memory and on a running Okno alike.
useBrowser();

const ANSWER_MS = 30_000;

/** Presses play, and waits until something was heard. */
async function hear(player: Locator): Promise<void> {
  await player.getByRole("button", { name: "Слушать" }).click();
  await expect.poll(() => player.locator("audio").evaluate((audio: HTMLAudioElement) => audio.currentTime > 0 && !audio.error), { timeout: ANSWER_MS }).toBe(true);
}

/** The bytes behind a link, as the visitor's browser gets them. */
async function saved(frame: Frame, link: Locator): Promise<Buffer> {
  const address = await link.getAttribute("href");
  return Buffer.from(await frame.evaluate(async (url) => [...new Uint8Array(await (await fetch(url ?? "")).arrayBuffer())], address));
}

// acceptance: DI-6
test("documents, music and voice messages go both ways, and each side plays or saves what the other sent", async () => {
  const page = await (await profile({ permissions: ["microphone"] })).newPage();
  watchFaults(page);
  await page.goto(`${world.site}/demo/`);
  await launcher(page).waitFor();
  const frame = await openChat(page);
  const question = `Посмотрите договор ${randomUUID()}`;
  await say(frame, question);
  const staff = await operator(question);

  const contract = Buffer.from(`%PDF-1.7 договор ${randomUUID()}`);
  const name = `договор ${randomUUID().slice(0, 8)}.pdf`;
  await frame.getByTestId("files").setInputFiles([{ name, mimeType: "application/pdf", buffer: contract }, { name: "мелодия.wav", mimeType: "audio/wav", buffer: tone(2) }]);
  await write(frame, "Вот договор");
  await bubble(frame, "Вот договор").getByText(/^(?:Отправлено|Прочитано)$/u).waitFor({ state: "attached", timeout: ANSWER_MS });
  await staff.getsDocument(name, contract);
  await staff.hearsAudio();

  await frame.getByRole("button", { name: "Записать голосовое сообщение" }).click();
  await frame.getByText("Идёт запись, 0:01").waitFor();
  await frame.getByRole("button", { name: "Остановить запись" }).click();
  await frame.getByRole("button", { name: "Отправить" }).click();
  await expect.poll(() => log(frame).getByRole("group", { name: "Голосовое сообщение" }).count(), { timeout: ANSWER_MS }).toBe(1);
  await staff.hearsVoice();

  const invoice = Buffer.from(`%PDF-1.7 счёт ${randomUUID()}`);
  const answer = `Вот счёт ${randomUUID()}`;
  await staff.sendDocument("счёт.pdf", invoice, answer);
  const link = bubble(frame, answer).getByRole("link", { name: /^счёт\.pdf/u });
  await link.waitFor({ timeout: ANSWER_MS });
  expect(await link.getAttribute("download")).toBe("счёт.pdf");
  expect(await saved(frame, link)).toEqual(invoice);

  await staff.sendVoice();
  const voice = log(frame).getByRole("group", { name: "Голосовое сообщение" });
  await expect.poll(() => voice.count(), { timeout: ANSWER_MS }).toBe(2);
  await hear(voice.last());
  // Their own as well, from the server, after the page was left.
  await page.reload();
  const again = await openChat(page);
  const all = log(again).getByRole("group", { name: "Голосовое сообщение" });
  await expect.poll(() => all.count(), { timeout: ANSWER_MS }).toBe(2);
  await hear(all.first());
  await hear(log(again).getByRole("group", { name: "мелодия.wav" }));
  expect(await saved(again, log(again).getByRole("link", { name: new RegExp(`^${name.replace(".", "\\.")}`, "u") }))).toEqual(contract);
  await staff.close();
  await page.context().close();
}, 180_000);
