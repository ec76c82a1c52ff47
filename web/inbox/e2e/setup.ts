import { existsSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { preview } from "vite";

declare module "vitest" {
  interface ProvidedContext {
    world: World;
  }
}

/** Where the page is, who signs in, where the customer's side is played. */
export type World = { url: string; login: string; password: string; telegram: string; mock: boolean; /** The switch of the server; empty: there is none. */ power: string };

/**
 * OKNO_E2E_URL, OKNO_E2E_LOGIN, OKNO_E2E_PASSWORD (an administrator) and OKNO_E2E_TELEGRAM (the fake Telegram's base
 * address) name a running Okno, OKNO_E2E_POWER the switch that ends and starts it. Without them the built page runs on the services in memory.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { OKNO_E2E_URL: url, OKNO_E2E_LOGIN: login, OKNO_E2E_PASSWORD: password, OKNO_E2E_TELEGRAM: telegram } = process.env;
  if (url) {
    if (!login || !password || !telegram) throw new Error("OKNO_E2E_URL needs OKNO_E2E_LOGIN, OKNO_E2E_PASSWORD and OKNO_E2E_TELEGRAM beside it");
    project.provide("world", { url: trim(url), login, password, telegram: trim(telegram), mock: false, power: trim(process.env["OKNO_E2E_POWER"] ?? "") });
    return undefined;
  }
  if (!existsSync(new URL("../dist/index.html", import.meta.url))) throw new Error("build the page first: npm run build");
  process.env["VITE_MOCK"] = "1";
  process.env["MOCK_STAFF"] ??= "230";
  const server = await preview({ build: { outDir: process.env["OKNO_DIST"] ?? "dist" }, preview: { port: 0, host: "127.0.0.1" } });
  const base = trim(server.resolvedUrls?.local[0] ?? "");
  project.provide("world", { url: base, login: "operator1", password: "demo-password", telegram: base, mock: true, power: "" });
  return () => server.close();
}

function trim(url: string): string {
  return url.replace(/\/+$/u, "");
}
