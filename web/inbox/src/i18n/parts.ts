import type { account } from "./en/account.ts";
import type { clients } from "./en/clients.ts";
import type { commands } from "./en/commands.ts";
import type { folders } from "./en/folders.ts";
import type { inbox } from "./en/inbox.ts";
import type { letters } from "./en/letters.ts";
import type { mailings } from "./en/mailings.ts";
import type { notices } from "./en/notices.ts";
import type { organisation } from "./en/organisation.ts";
import type { profile } from "./en/profile.ts";
import type { settings } from "./en/settings.ts";
import type { work } from "./en/work.ts";
import type { Text } from "./text.ts";

// Texts that come with the screens that show them: nobody waits for the words of a screen that is not open.

export type Parts = typeof account & typeof clients & typeof commands & typeof folders & typeof inbox & typeof letters & typeof mailings & typeof notices & typeof organisation & typeof profile & typeof settings & typeof work;
export type Part = keyof typeof PARTS;

type Load = () => Promise<Readonly<Record<string, Text>>>;

export const PARTS = {
  inbox: {
    ru: async () => (await import("./ru/inbox.ts")).inbox,
    en: async () => (await import("./en/inbox.ts")).inbox,
  },
  work: {
    ru: async () => (await import("./ru/work.ts")).work,
    en: async () => (await import("./en/work.ts")).work,
  },
  commands: {
    ru: async () => (await import("./ru/commands.ts")).commands,
    en: async () => (await import("./en/commands.ts")).commands,
  },
  folders: {
    ru: async () => (await import("./ru/folders.ts")).folders,
    en: async () => (await import("./en/folders.ts")).folders,
  },
  notices: {
    ru: async () => (await import("./ru/notices.ts")).notices,
    en: async () => (await import("./en/notices.ts")).notices,
  },
  organisation: {
    ru: async () => (await import("./ru/organisation.ts")).organisation,
    en: async () => (await import("./en/organisation.ts")).organisation,
  },
  settings: {
    ru: async () => (await import("./ru/settings.ts")).settings,
    en: async () => (await import("./en/settings.ts")).settings,
  },
  letters: {
    ru: async () => (await import("./ru/letters.ts")).letters,
    en: async () => (await import("./en/letters.ts")).letters,
  },
  mailings: {
    ru: async () => (await import("./ru/mailings.ts")).mailings,
    en: async () => (await import("./en/mailings.ts")).mailings,
  },
  clients: {
    ru: async () => (await import("./ru/clients.ts")).clients,
    en: async () => (await import("./en/clients.ts")).clients,
  },
  profile: {
    ru: async () => (await import("./ru/profile.ts")).profile,
    en: async () => (await import("./en/profile.ts")).profile,
  },
  account: {
    ru: async () => (await import("./ru/account.ts")).account,
    en: async () => (await import("./en/account.ts")).account,
  },
} satisfies Record<string, { ru: Load; en: Load }>;
