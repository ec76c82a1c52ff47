import { expect, test } from "vitest";
import type { Page } from "playwright-core";
import { CUSTOMER, openPage, signIn, useBrowser, world } from "./page.ts";

useBrowser();

async function openCustomer(): Promise<Page> {
  const page = await openPage();
  await signIn(page, "/inbox/all");
  await page.getByRole("listitem", { name: CUSTOMER }).press("Enter");
  await page.getByRole("log").getByRole("article").first().waitFor();
  return page;
}

test.runIf(world.mock)("the blocks of the customer's panel stand in one's own order, without a mouse and in every browser", async () => {
  const page = await openCustomer();
  const panel = page.getByRole("complementary", { name: "Клиент" });
  const order = (): Promise<string[]> => panel.locator("[data-block]").evaluateAll((blocks) => blocks.map((block) => block.getAttribute("data-block") ?? ""));
  await panel.getByText("Прежние обращения").waitFor();
  const usual = await order();
  expect(usual.slice(0, 2)).toEqual(["contacts", "request"]);
  const place = panel.getByRole("button", { name: "Место блока «Контактные данные»" });
  await place.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Ниже" }).press("Enter");
  await expect.poll(order).toEqual(["request", "contacts", ...usual.slice(2)]);
  await expect.poll(() => place.evaluate((button) => button === document.activeElement)).toBe(true);
  await page.getByTestId("announcer").filter({ hasText: "«Контактные данные»: на место ниже" }).waitFor();

  const elsewhere = await openCustomer();
  const there = elsewhere.getByRole("complementary", { name: "Клиент" });
  await there.getByText("Прежние обращения").waitFor();
  expect(await there.locator("[data-block]").first().getAttribute("data-block")).toBe("request");
  await there.getByRole("button", { name: "Место блока «Контактные данные»" }).focus();
  await elsewhere.keyboard.press("Enter");
  await elsewhere.getByRole("menuitem", { name: "Обычный порядок" }).press("Enter");
  await expect.poll(() => there.locator("[data-block]").first().getAttribute("data-block")).toBe("contacts");
  for (const one of [page, elsewhere]) await one.context().close();
});

test.runIf(world.mock)("a place is shown in words and figures, and no map of others is loaded", async () => {
  const page = await openPage();
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(world.url) && !/^(?:data|blob):/u.test(request.url())) foreign.push(request.url());
  });
  await signIn(page, "/inbox/all");
  const row = page.getByRole("listitem", { name: CUSTOMER });
  await row.waitFor();
  await page.goto(`${world.url}/inbox/all/${await row.getAttribute("data-id")}?m=76`);
  const place = page.getByRole("article").filter({ hasText: "Примерная улица, 1" });
  await place.getByText("55.75000, 37.61000").waitFor();
  const link = place.getByRole("link", { name: "Открыть карту" });
  expect(await link.getAttribute("href")).toContain("mlat=55.75&mlon=37.61");
  expect(await link.getAttribute("rel")).toContain("noopener");
  expect(foreign).toEqual([]);
  await page.context().close();
});

/** A second of moving colours, as a camera would bring it. */
function film(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 320, height: 180 });
    const context = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm;codecs=vp8" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const done = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    for (let n = 0; n < 30; n += 1) {
      if (context) Object.assign(context, { fillStyle: `hsl(${n * 12} 70% 50%)` }).fillRect(0, 0, 320, 180);
      await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await done;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
  });
}

test.runIf(world.mock)("a video shows its first picture and plays where it stands; one that cannot be shown is a file", async () => {
  const page = await openCustomer();
  const buffer = Buffer.from(await film(page), "base64");
  const send = async (name: string, bytes: Buffer): Promise<void> => {
    await page.getByTestId("files").setInputFiles({ name, mimeType: "video/webm", buffer: bytes });
    await page.getByRole("list", { name: "Файлы к отправке" }).getByText(name).waitFor();
    await page.locator('button:not([aria-disabled="true"])', { hasText: "Отправить" }).first().waitFor();
    await page.getByRole("textbox", { name: "Сообщение" }).press("Control+Enter");
  };
  await send("film.webm", buffer);
  const play = page.getByRole("log").getByRole("button", { name: "Смотреть: Видео" });
  await play.waitFor();
  const video = page.getByRole("log").locator("video").last();
  // The first picture is there before anybody has pressed anything.
  await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.readyState >= 2 && element.paused && element.videoWidth)).toBe(320);
  await play.click();
  await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.controls && (element.currentTime > 0.2 || element.ended))).toBe(true);
  await expect.poll(() => video.evaluate((element) => element === document.activeElement)).toBe(true);
  await send("broken.webm", Buffer.from("no film at all"));
  await page.getByRole("log").getByRole("link", { name: "Скачать broken.webm" }).waitFor();
  await page.context().close();
});
