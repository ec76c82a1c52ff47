import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { start } from "../dev/start.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** One for each worker that vitest starts; of a running gateway there is one, and one worker. */
    worlds: readonly World[];
    /** Where the one browser listens that all files share. */
    browser: string;
  }
}

/**
 * Where the gateway is, where the customer's site stands, which account it has, and where an operator answers; `power`: where `/down` ends the
 * server without a word and `/up` starts it again.
 */
export type World = { gateway: string; site: string; account: string; mock: boolean; power?: string; inbox?: { url: string; login: string; password: string } };

/** Playwright's defaults, and a camera and microphone that pretend. */
const ARGS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

const dist = fileURLToPath(new URL("../dist", import.meta.url));

/**
 * OKNO_E2E_WIDGET_HOST is the base address of a running gateway; OKNO_E2E_URL, OKNO_E2E_LOGIN and OKNO_E2E_PASSWORD are of the edge
 * beside it, which serves the demo shop with the account to try (OKNO_E2E_WIDGET_ACCOUNT names another); OKNO_E2E_POWER is the switch of both. Without them the built widget
 * runs on the gateway in memory, and then everything is tried.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running = await runningGateway();
  const inMemory = running ? [] : await Promise.all(Array.from({ length: project.config.maxWorkers }, gatewayInMemory));
  const browser = await chromium.launchServer({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ARGS });
  project.provide("browser", browser.wsEndpoint());
  project.provide("worlds", running ? [running] : inMemory.map(({ world }) => world));
  return async () => {
    // The browser first: its open streams would hold the servers.
    await browser.close();
    await Promise.all(inMemory.map(({ close }) => close()));
  };
}

async function runningGateway(): Promise<World | undefined> {
  const { OKNO_E2E_WIDGET_HOST: host, OKNO_E2E_WIDGET_ACCOUNT: named, OKNO_E2E_URL: edge, OKNO_E2E_LOGIN: login, OKNO_E2E_PASSWORD: password, OKNO_E2E_POWER: power } = process.env;
  if (!host) return undefined;
  if (!edge || !login || !password) throw new Error("OKNO_E2E_WIDGET_HOST needs OKNO_E2E_URL, OKNO_E2E_LOGIN and OKNO_E2E_PASSWORD beside it");
  const url = trim(edge);
  const account = named ?? (await demoAccount(url));
  return { gateway: trim(host), site: url, account, mock: false, power, inbox: { url, login, password } };
}

async function gatewayInMemory(): Promise<{ world: World; close: () => Promise<void> }> {
  if (!existsSync(`${dist}/manifest.json`)) throw new Error("build the widget first: npm run build");
  const running = await start(dist, { gateway: 0, site: 0 });
  const { gateway, site, account, close } = running;
  return { world: { gateway, site, account, mock: true, power: `${site}/gateway` }, close };
}

async function demoAccount(edge: string): Promise<string> {
  const answer = await fetch(`${edge}/demo/chat.json`, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${edge}/demo/chat.json answered ${answer.status}`);
  return ((await answer.json()) as { account: string }).account;
}

function trim(url: string): string {
  return url.replace(/\/+$/u, "");
}
