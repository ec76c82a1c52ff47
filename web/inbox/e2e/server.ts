import { relayTo } from "./relay.ts";
import { world } from "./world.ts";

/** What the page talks to, and what can be taken away from it and given back. */
export type Server = { url: string; goAway: () => Promise<void>; comeBack: () => Promise<void> };

/** The whole of Okno, ended without a word and started again, where there is a switch for it; else what stands before the services. */
export function openServer(): Promise<Server> {
  if (!world.power) return relayTo(world.url);
  return Promise.resolve({ url: world.url, goAway: () => say("down"), comeBack: () => say("up") });
}

/** Answered when it is done. */
async function say(word: "down" | "up"): Promise<void> {
  const answer = await fetch(`${world.power}/${word}`, { method: "POST" });
  if (!answer.ok) throw new Error(`the switch answered ${answer.status} to ${word}`);
}

/** Goes away, lets `meanwhile` happen, and comes back whatever happened. */
export async function restart(server: Server, meanwhile: () => Promise<void>): Promise<void> {
  await server.goAway();
  try {
    await meanwhile();
  } finally {
    await server.comeBack();
  }
}
