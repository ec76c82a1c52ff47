import { fileURLToPath } from "node:url";
import type { Frame, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { look } from "../../testing/look.ts";
import { type Running, start } from "../dev/start.ts";
import type { Config } from "../src/shared/config.ts";
import { openChat, profile, say, theBrowser, useBrowser, watchFaults } from "./page.ts";
import { world } from "./world.ts";

// The main states as they were last looked at. Data, clock and sizes are fixed; what is drawn otherwise is a change that
// somebody made. `npm run pictures` takes them anew, and they are looked at before they are committed.

useBrowser();

const NOW = new Date("2026-11-23T11:40:00Z");
const GALLERY = {
  kept: new URL("pictures/", import.meta.url),
  made: new URL("../test-results/pictures/", import.meta.url),
  renew: process.env["OKNO_PICTURES"] === "renew",
  version: () => theBrowser().version(),
};
const OFFICE = { open: true, online: 2, reply_seconds: 290 };

let running: Running | undefined;

// A gateway of its own, whose clock stands: it runs in this process.
beforeAll(async () => {
  if (!world.mock) return;
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  running = await start(fileURLToPath(new URL("../dist", import.meta.url)), { gateway: 0, site: 0 });
});
afterAll(async () => {
  await running?.close();
  vi.useRealTimers();
});

const STATES: Record<string, (page: Page) => Promise<void>> = {
  prechat: async (page) => {
    const fields = [
      { name: "name", title: "", kind: "text" as const, required: true },
      { name: "phone", title: "", kind: "phone" as const, required: false },
    ];
    const { frame } = await open(page, { office: OFFICE, prechat: { mode: "required", fields }, consent: { mode: "checkbox", policy_url: "https://shop.example.ru/policy", version: "1" } });
    // With what is said of a field that was left out.
    await frame.locator("form button[type=submit]").click();
    await frame.getByRole("alert").or(frame.locator("[aria-invalid=true]")).first().waitFor();
  },
  chat: async (page) => {
    const { frame, site } = await open(page, { office: OFFICE, color: "#0e7480", greeting: "Здравствуйте. Подскажем с выбором и доставкой." });
    await say(frame, "Здравствуйте! Где мой заказ 1043?");
    await dev(`${site}/reply`, { text: "Добрый день! Проверяю. Подробности доставки: https://shop.example.ru/delivery/1043", spans: [{ style: "bold", offset: 0, length: 12 }] });
    await dev(`${site}/reply`, { text: "Посылка уже в пункте выдачи, вот он на фотографии.", picture: 3 });
    await say(frame, "Спасибо, заберу сегодня после шести");
    await dev(`${site}/seen`);
    await dev(`${site}/reply`, { text: "Удобно забрать или привезти курьером?", buttons: [[{ title: "Заберу", data: "pick" }, { title: "Курьером", data: "bring" }]] });
    await frame.getByRole("button", { name: "Курьером" }).waitFor();
    await frame.getByText("Прочитано").last().waitFor({ state: "attached" });
  },
  offline: async (page) => {
    const fields = [
      { name: "email", title: "", kind: "email" as const, required: true },
      { name: "phone", title: "", kind: "phone" as const, required: false },
    ];
    const { frame } = await open(page, { office: { open: false, online: 0, opens_at: NOW.getTime() + 40 * 3_600_000 }, offline: { mode: "form", fields } });
    await frame.locator("form button[type=submit]").waitFor();
  },
};

const SIZES = { 1440: { width: 1440, height: 900 }, 390: { width: 390, height: 844 } };

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test.runIf(world.mock)(`the main states look as they did: ${size}, ${colorScheme}`, async () => {
      const changed: string[] = [];
      for (const [name, show] of Object.entries(STATES)) {
        const page = await (await profile({ viewport, colorScheme, timezoneId: "Europe/Moscow" })).newPage();
        await page.clock.setFixedTime(NOW);
        watchFaults(page);
        await show(page);
        await settled(page);
        changed.push(...(await look(GALLERY, page, `${name}-${size}-${colorScheme}`)));
        await page.context().close();
      }
      expect(changed, "if it is meant: npm run pictures, look at them, commit them").toEqual([]);
    }, 120_000);
  }
}

async function open(page: Page, config: Partial<Config>): Promise<{ frame: Frame; site: string }> {
  const { account: site } = await dev<{ account: string }>("accounts", { title: "Магазин «Ромашка»", ...config });
  await page.goto(`${running?.site}/?options=${encodeURIComponent(JSON.stringify({ site }))}`);
  return { frame: await openChat(page), site };
}

async function dev<T>(path: string, body: unknown = {}): Promise<T> {
  const answer = await fetch(`${running?.gateway}/dev/${path}`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`/dev/${path} answered ${answer.status}`);
  return (await answer.json()) as T;
}

/** Pictures are there, and nothing moves any more. */
async function settled(page: Page): Promise<void> {
  for (const frame of page.frames()) {
    await frame.waitForFunction(() => [...document.images].every(({ complete, loading, naturalWidth }) => (complete && naturalWidth > 0) || loading === "lazy"));
    await frame.waitForFunction(() => document.getAnimations().every(({ playState, effect }) => playState !== "running" || effect?.getComputedTiming().iterations === Infinity));
  }
}
