import { type Key, t } from "./index.ts";

const KNOWN = new Set(["telegram", "whatsapp", "viber", "vk", "max", "custom", "email", "webchat", "call", "site"]);

/** What people call a channel; an unknown one is called what it calls itself. */
export function channelTitle(channel: string): string {
  if (KNOWN.has(channel)) return t(`channel.${channel}` as Key);
  return channel.charAt(0).toUpperCase() + channel.slice(1);
}
