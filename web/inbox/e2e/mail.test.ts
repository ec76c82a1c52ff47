import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { Mailbox } from "./mailbox.ts";
import { openPage, signIn, useBrowser, world } from "./page.ts";

// A mailbox on the whole house: connected on the page, its letters read by the gateway, shown by the page.

useBrowser();

/** For what waits for a gateway on a busy machine. */
const SLOW_MS = 45_000;
const NAME = "Почта магазина";

let mailbox: Mailbox;
let tracker: Server;
/** Connections count as well: one that is only opened tells its owner enough. */
let told = 0;

beforeAll(async () => {
  if (world.mock) return;
  mailbox = await Mailbox.start();
  tracker = createServer((_, response) => response.writeHead(200).end());
  tracker.on("connection", () => (told += 1));
  tracker.listen(0, "127.0.0.1");
  await once(tracker, "listening");
});

afterAll(async () => {
  if (world.mock) return;
  tracker.close();
  await mailbox.stop();
});

/** Everything that a letter may try: to run, to fetch, to go elsewhere. */
function hostile(): string {
  const { port } = tracker.address() as AddressInfo;
  const there = `http://127.0.0.1:${port}`;
  const html = [
    "<p>Good day, this is the letter</p>",
    "<script>globalThis.ran = true</script>",
    `<img src="${there}/pixel.gif" onerror="globalThis.ran = true" alt="picture">`,
    `<div style="background: url(${there}/background.png)">styled</div>`,
    `<link rel="stylesheet" href="${there}/style.css"><style>@import "${there}/more.css"; p { background: url(${there}/p.png) }</style>`,
    `<iframe src="${there}/frame.html"></iframe><object data="${there}/object"></object><video src="${there}/video.mp4" autoplay></video>`,
    `<svg onload="globalThis.ran = true"><image href="${there}/svg.png"/></svg>`,
    `<meta http-equiv="refresh" content="0; url=${there}/away"><form action="${there}/form"><input autofocus onfocus="globalThis.ran = true"></form>`,
    '<a href="javascript:globalThis.ran = true">link</a>',
  ].join("\r\n");
  const head = ["From: Hostile <hostile@example.com>", `To: ${mailbox.address}`, "Subject: Look here", `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`, "Message-ID: <hostile@example.com>", "MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8"];
  return `${head.join("\r\n")}\r\n\r\n${html}`;
}

/** As an administrator does: the form, the check with a real letter, done. */
async function connect(page: Page): Promise<void> {
  await page.goto(`${world.url}/settings/channels/new/email`);
  await page.getByRole("textbox", { name: "Название учётной записи" }).fill(NAME);
  await page.keyboard.press("Enter");
  await page.getByText("Дополнительно").click();
  await page.getByLabel("Принимать по").selectOption({ label: "POP3" });
  for (const [side, port] of [["Приём", mailbox.pop3Port], ["Отправка", mailbox.smtpPort]] as const) {
    await page.getByLabel(`${side}: сервер`).fill("127.0.0.1");
    await page.getByLabel(`${side}: шифрование`).selectOption({ label: "Без шифрования, только во внутренней сети" });
    await page.getByLabel(`${side}: порт`).fill(port);
  }
  await page.getByLabel("Проверять почту, секунд").fill("10");
  await page.getByLabel("Адрес", { exact: true }).fill(mailbox.address);
  await page.getByLabel("Пароль", { exact: true }).fill("any");
  await page.getByRole("button", { name: "Подключить", exact: true }).click();
  await page.waitForURL((url) => url.searchParams.has("account"), { timeout: SLOW_MS });
}

// acceptance: EM-15
test.runIf(!world.mock)("nothing of a letter that came by a mailbox runs or is fetched", { timeout: 4 * SLOW_MS }, async () => {
  const page = await openPage();
  await signIn(page);
  await connect(page);
  expect(mailbox.sent.length, "the check has sent a letter").toBeGreaterThan(0);
  mailbox.letters.push(hostile());
  await page.goto(`${world.url}/inbox/all?channel=email`);
  await page.getByRole("listitem", { name: /Hostile/u }).first().press("Enter", { timeout: SLOW_MS });
  const letter = page.getByRole("log", { name: "Диалог" }).getByRole("article").last();
  const frame = letter.frameLocator("iframe");
  await frame.getByText("this is the letter").waitFor({ timeout: SLOW_MS });
  await frame.getByText("styled").waitFor();
  await letter.getByText("Картинки с других серверов скрыты", { exact: false }).waitFor();
  for (const one of page.frames()) expect(await one.evaluate("'ran' in globalThis").catch(() => false)).toBe(false);
  expect(told, "connections to the letter's server").toBe(0);
  await page.context().close();
});

test.runIf(!world.mock)("a letter that cannot be read stands in the quarantine and is shown as it came", { timeout: 4 * SLOW_MS }, async () => {
  mailbox.letters.push("Subject: =?utf-8?B?0J7QutC90L4=?=\r\nMessage-ID: <nobody@example.com>\r\n\r\nНи от кого <b>и никому</b>");
  const page = await openPage();
  await signIn(page, "/settings/quarantine");
  const row = page.getByRole("main").getByRole("listitem").filter({ hasText: "names nobody" });
  await row.first().waitFor({ timeout: SLOW_MS });
  await row.getByRole("link", { name: NAME }).waitFor();
  await row.getByRole("button", { name: "Исходник" }).press("Enter");
  const original = page.getByRole("dialog", { name: "Исходник" });
  await original.getByText("Ни от кого <b>и никому</b>").waitFor();
  const saved = page.waitForEvent("download");
  await original.getByRole("button", { name: "Сохранить файлом" }).press("Enter");
  expect((await saved).suggestedFilename()).toMatch(/\.eml$/u);
  await page.keyboard.press("Escape");
  await original.waitFor({ state: "detached" });
  await row.getByRole("button", { name: "Прочитать снова" }).click();
  await page.getByText("Отправлено на повторное чтение.").waitFor();
  await row.first().waitFor();
  await page.context().close();
});

function letterOf(name: string, subject: string): string {
  const head = [`From: ${name} <${name.toLowerCase()}@example.com>`, `To: ${mailbox.address}`, `Subject: ${subject}`, `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`, `Message-ID: <${name}@example.com>`];
  return `${head.join("\r\n")}\r\n\r\nGood day`;
}

test.runIf(!world.mock)("a letter goes where a rule of the mailbox says, and an old one when that is asked for", { timeout: 6 * SLOW_MS }, async () => {
  const page = await openPage();
  await signIn(page);
  const row = (name: string) => page.getByRole("listitem", { name: new RegExp(`^${name}`, "u") });
  mailbox.letters.push(letterOf("Older", "Invoice 1"));
  await page.goto(`${world.url}/inbox/all?channel=email`);
  await row("Older").first().waitFor({ timeout: SLOW_MS });

  await page.goto(`${world.url}/settings/channels`);
  await page.getByRole("link", { name: NAME }).click();
  await page.getByRole("region", { name: "Папки", exact: true }).getByRole("button", { name: "Новая папка", exact: true }).click();
  await page.getByRole("dialog", { name: "Новая папка" }).getByRole("textbox", { name: "Название" }).fill("Счета");
  await page.keyboard.press("Enter");
  const rules = page.getByRole("region", { name: "Правила сортировки" });
  await rules.getByRole("button", { name: "Новое правило" }).click();
  await rules.getByRole("combobox", { name: "Поле" }).selectOption({ label: "Тема" });
  await rules.getByRole("textbox", { name: "Значение" }).fill("INVOICE");
  await rules.getByRole("combobox", { name: "В папку" }).selectOption({ label: "Счета" });
  await page.keyboard.press("Control+s");
  await page.getByText("Правила сохранены.").first().waitFor();
  await rules.getByRole("button", { name: "Применить к папке" }).click();
  const run = page.getByRole("dialog", { name: "Применить правила к папке" });
  await run.getByRole("button", { name: "Применить", exact: true }).click();
  await run.getByText(/^Готово: просмотрено\s\d+, перемещено\s1/u).waitFor({ timeout: SLOW_MS });
  await page.keyboard.press("Escape");

  mailbox.letters.push(letterOf("Newer", "Your invoice 2"), letterOf("Plain", "Question"));
  await page.goto(`${world.url}/inbox/all?channel=email`);
  await row("Plain").first().waitFor({ timeout: SLOW_MS });
  await page.getByRole("link", { name: "Настройки" }).first().click();
  await page.getByRole("link", { name: "Каналы" }).first().click();
  await page.getByRole("link", { name: NAME }).click();
  await page.getByRole("region", { name: "Папки", exact: true }).getByRole("listitem", { name: "Счета", exact: true }).getByText(/2\sдиалога/u).waitFor();
  await page.context().close();
});
