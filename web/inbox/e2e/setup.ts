import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { preview } from "vite";
import { prepare } from "./prepare.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** One for each worker that vitest starts; of a running Okno there is one, and one worker. */
    worlds: readonly World[];
    /** Where the one browser listens that all files share. */
    browser: string;
  }
}

/** Where the page is, who signs in, where the customer's side is played. */
export type World = { url: string; login: string; password: string; telegram: string; mock: boolean; /** The switch of the server; empty: there is none. */ power: string };

/** Playwright's defaults and a microphone that hums. */
const ARGS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/**
 * OKNO_E2E_URL, OKNO_E2E_LOGIN, OKNO_E2E_PASSWORD (an administrator) and OKNO_E2E_TELEGRAM (the fake Telegram's base
 * address) name a running Okno, OKNO_E2E_POWER the switch that ends and starts it. Without them the built page runs on the
 * services in memory, on a set of its own for each worker.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = runningOkno();
  const inMemory = running ? [] : await Promise.all(Array.from({ length: project.config.maxWorkers }, inMemoryOkno));
  const worlds = running ? [running] : inMemory.map(({ world }) => world);
  const browser = await chromium.launchServer({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ARGS });
  project.provide("browser", browser.wsEndpoint());
  project.provide("worlds", worlds);
  await prepare(browser.wsEndpoint(), worlds);
  return async () => {
    // The browser first: its open streams would hold the servers.
    await browser.close();
    await Promise.all(inMemory.map(({ close }) => close()));
  };
}

function runningOkno(): World | undefined {
  const { OKNO_E2E_URL: url, OKNO_E2E_LOGIN: login, OKNO_E2E_PASSWORD: password, OKNO_E2E_TELEGRAM: telegram } = process.env;
  if (!url) return undefined;
  if (!login || !password || !telegram) throw new Error("OKNO_E2E_URL needs OKNO_E2E_LOGIN, OKNO_E2E_PASSWORD and OKNO_E2E_TELEGRAM beside it");
  return { url: trim(url), login, password, telegram: trim(telegram), mock: false, power: trim(process.env["OKNO_E2E_POWER"] ?? "") };
}

async function inMemoryOkno(): Promise<{ world: World; close: () => Promise<void> }> {
  if (!existsSync(new URL("../dist/index.html", import.meta.url))) throw new Error("build the page first: npm run build");
  process.env["VITE_MOCK"] = "1";
  process.env["MOCK_STAFF"] ??= "230";
  const server = await preview({ build: { outDir: process.env["OKNO_DIST"] ?? "dist" }, preview: { port: 0, host: "127.0.0.1" } });
  const base = trim(server.resolvedUrls?.local[0] ?? "");
  return { world: { url: base, login: "operator1", password: "demo-password", telegram: base, mock: true, power: "" }, close: () => server.close() };
}

function trim(url: string): string {
  return url.replace(/\/+$/u, "");
}
