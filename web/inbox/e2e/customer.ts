import { writeTo } from "./prepare.ts";
import { world } from "./world.ts";

/** What the customer sees of the chat. `own` is what the customer wrote. */
export type Seen = { id: number | string; own: boolean; text: string | null; photo: string | null };

/** The customer writes, through the built-in fake Telegram. */
export async function write(text: string): Promise<void> {
  await writeTo(world, text);
}

export async function sendPhoto(bytes: Buffer): Promise<void> {
  await post("/demo/api/photo", new Uint8Array(bytes), "image/png");
}

export async function chat(): Promise<Seen[]> {
  const answer = await fetch(`${world.telegram}/demo/api/chat`);
  const { messages } = (await answer.json()) as { messages: Seen[] };
  return messages;
}

/** What came to the customer with this text. */
export async function received(text: string): Promise<Seen[]> {
  return (await chat()).filter((message) => !message.own && message.text === text);
}

async function post(path: string, body: string | Uint8Array<ArrayBuffer>, type: string): Promise<void> {
  const answer = await fetch(`${world.telegram}${path}`, { method: "POST", headers: { "content-type": type }, body });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
}
