import type { accesses } from "./en/accesses.ts";
import type { account } from "./en/account.ts";
import type { clients } from "./en/clients.ts";
import type { commands } from "./en/commands.ts";
import type { dossier } from "./en/dossier.ts";
import type { doubles } from "./en/doubles.ts";
import type { feed } from "./en/feed.ts";
import type { folders } from "./en/folders.ts";
import type { imports } from "./en/imports.ts";
import type { inbox } from "./en/inbox.ts";
import type { leads } from "./en/leads.ts";
import type { letters } from "./en/letters.ts";
import type { links } from "./en/links.ts";
import type { mailings } from "./en/mailings.ts";
import type { notices } from "./en/notices.ts";
import type { organisation } from "./en/organisation.ts";
import type { own } from "./en/own.ts";
import type { personal } from "./en/personal.ts";
import type { potential } from "./en/potential.ts";
import type { profile } from "./en/profile.ts";
import type { settings } from "./en/settings.ts";
import type { work } from "./en/work.ts";
import type { Text } from "./text.ts";

// Texts that come with the screens that show them: nobody waits for the words of a screen that is not open.

export type Parts = typeof accesses & typeof account & typeof clients & typeof commands & typeof dossier & typeof doubles & typeof feed & typeof folders & typeof imports & typeof inbox & typeof leads & typeof letters & typeof links & typeof mailings & typeof notices & typeof organisation & typeof own & typeof personal & typeof potential & typeof profile & typeof settings & typeof work;
export type Part = keyof typeof PARTS;

/** A file with one export: its texts. */
type Load = () => Promise<Readonly<Record<string, Readonly<Record<string, Text>>>>>;

export const PARTS = {
  inbox: {
    ru: () => import("./ru/inbox.ts"),
    en: () => import("./en/inbox.ts"),
  },
  work: {
    ru: () => import("./ru/work.ts"),
    en: () => import("./en/work.ts"),
  },
  commands: {
    ru: () => import("./ru/commands.ts"),
    en: () => import("./en/commands.ts"),
  },
  folders: {
    ru: () => import("./ru/folders.ts"),
    en: () => import("./en/folders.ts"),
  },
  notices: {
    ru: () => import("./ru/notices.ts"),
    en: () => import("./en/notices.ts"),
  },
  organisation: {
    ru: () => import("./ru/organisation.ts"),
    en: () => import("./en/organisation.ts"),
  },
  settings: {
    ru: () => import("./ru/settings.ts"),
    en: () => import("./en/settings.ts"),
  },
  links: {
    ru: () => import("./ru/links.ts"),
    en: () => import("./en/links.ts"),
  },
  own: {
    ru: () => import("./ru/own.ts"),
    en: () => import("./en/own.ts"),
  },
  leads: {
    ru: () => import("./ru/leads.ts"),
    en: () => import("./en/leads.ts"),
  },
  letters: {
    ru: () => import("./ru/letters.ts"),
    en: () => import("./en/letters.ts"),
  },
  mailings: {
    ru: () => import("./ru/mailings.ts"),
    en: () => import("./en/mailings.ts"),
  },
  clients: {
    ru: () => import("./ru/clients.ts"),
    en: () => import("./en/clients.ts"),
  },
  dossier: {
    ru: () => import("./ru/dossier.ts"),
    en: () => import("./en/dossier.ts"),
  },
  doubles: {
    ru: () => import("./ru/doubles.ts"),
    en: () => import("./en/doubles.ts"),
  },
  feed: {
    ru: () => import("./ru/feed.ts"),
    en: () => import("./en/feed.ts"),
  },
  potential: {
    ru: () => import("./ru/potential.ts"),
    en: () => import("./en/potential.ts"),
  },
  imports: {
    ru: () => import("./ru/imports.ts"),
    en: () => import("./en/imports.ts"),
  },
  accesses: {
    ru: () => import("./ru/accesses.ts"),
    en: () => import("./en/accesses.ts"),
  },
  personal: {
    ru: () => import("./ru/personal.ts"),
    en: () => import("./en/personal.ts"),
  },
  profile: {
    ru: () => import("./ru/profile.ts"),
    en: () => import("./en/profile.ts"),
  },
  account: {
    ru: () => import("./ru/account.ts"),
    en: () => import("./en/account.ts"),
  },
} satisfies Record<string, { ru: Load; en: Load }>;
