import { inject } from "vitest";
import type { Config } from "../src/shared/config.ts";
import type { Message } from "../src/shared/protocol.ts";
import type { Visitor } from "../dev/world.ts";
import type { World } from "./setup.ts";

const worlds = inject("worlds");

/** Where the tests of this worker run; see `setup.ts`. */
export const world = worlds[(Number(process.env["VITEST_POOL_ID"] ?? 1) - 1) % worlds.length] as World;

/** Tries everything everywhere: `cargo xtask test --long`. */
export const LONG = process.env["OKNO_LONG"] === "1";

/** Drives the gateway in memory. */
export async function dev<T = void>(path: string, body: unknown = {}): Promise<T> {
  const answer = await fetch(`${world.gateway}/dev/${path}`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`/dev/${path} answered ${answer.status}`);
  return (await answer.json()) as T;
}

/** The server dies without a word, or is there again. In memory the site it stands on stays. */
export async function power(state: "down" | "up"): Promise<void> {
  const answer = await fetch(`${world.power}/${state}`, { method: "POST" });
  if (!answer.ok) throw new Error(await answer.text());
}

/** An account of its own for a test, so that none meets another's visitors. */
export async function account(config: Partial<Config> = {}): Promise<string> {
  return (await dev<{ account: string }>("accounts", { title: "Магазин", office: { open: true, online: 2, reply_seconds: 300 }, ...config })).account;
}

type Told = Omit<Visitor, "listeners"> & { listeners: number };

/** What the gateway knows of the newest visitor. */
export async function visitor(site: string): Promise<Told | undefined> {
  return (await dev<{ visitor?: Told }>(`${site}/state`)).visitor;
}

export async function visitors(site: string): Promise<number> {
  return (await dev<{ visitors: number }>(`${site}/state`)).visitors;
}

/** Texts of what the visitor has written, as the server has them. */
export async function written(site: string): Promise<string[]> {
  return ((await visitor(site))?.messages ?? []).filter(({ own }) => !own).map(({ text }) => text);
}

export async function reply(site: string, text: string, more: Partial<Message> & { picture?: number } = {}): Promise<Message> {
  return dev(`${site}/reply`, { text, ...more });
}
