import { accesses as enAccesses } from "./en/accesses.ts";
import { clients as enClients } from "./en/clients.ts";
import { commands as enCommands } from "./en/commands.ts";
import { common as enCommon } from "./en/common.ts";
import { dossier as enDossier } from "./en/dossier.ts";
import { doubles as enDoubles } from "./en/doubles.ts";
import { feed as enFeed } from "./en/feed.ts";
import { imports as enImports } from "./en/imports.ts";
import { inbox as enInbox } from "./en/inbox.ts";
import { leads as enLeads } from "./en/leads.ts";
import { mailings as enMailings } from "./en/mailings.ts";
import { notices as enNotices } from "./en/notices.ts";
import { organisation as enOrganisation } from "./en/organisation.ts";
import { personal as enPersonal } from "./en/personal.ts";
import { potential as enPotential } from "./en/potential.ts";
import { reasons as enReasons } from "./en/reasons.ts";
import { settings as enSettings } from "./en/settings.ts";
import { work as enWork } from "./en/work.ts";
import { accesses as ruAccesses } from "./ru/accesses.ts";
import { clients as ruClients } from "./ru/clients.ts";
import { commands as ruCommands } from "./ru/commands.ts";
import { common as ruCommon } from "./ru/common.ts";
import { dossier as ruDossier } from "./ru/dossier.ts";
import { doubles as ruDoubles } from "./ru/doubles.ts";
import { feed as ruFeed } from "./ru/feed.ts";
import { imports as ruImports } from "./ru/imports.ts";
import { inbox as ruInbox } from "./ru/inbox.ts";
import { leads as ruLeads } from "./ru/leads.ts";
import { mailings as ruMailings } from "./ru/mailings.ts";
import { notices as ruNotices } from "./ru/notices.ts";
import { organisation as ruOrganisation } from "./ru/organisation.ts";
import { personal as ruPersonal } from "./ru/personal.ts";
import { potential as ruPotential } from "./ru/potential.ts";
import { reasons as ruReasons } from "./ru/reasons.ts";
import { settings as ruSettings } from "./ru/settings.ts";
import { work as ruWork } from "./ru/work.ts";
import type { Text } from "./text.ts";

/** Every text of the page in both languages. For tests: the page itself loads its parts one by one. */
export const catalogue: Readonly<Record<"ru" | "en", Readonly<Record<string, Text>>>> = {
  ru: { ...ruAccesses, ...ruClients, ...ruCommands, ...ruCommon, ...ruDossier, ...ruDoubles, ...ruFeed, ...ruImports, ...ruInbox, ...ruLeads, ...ruMailings, ...ruNotices, ...ruOrganisation, ...ruPersonal, ...ruPotential, ...ruReasons, ...ruSettings, ...ruWork },
  en: { ...enAccesses, ...enClients, ...enCommands, ...enCommon, ...enDossier, ...enDoubles, ...enFeed, ...enImports, ...enInbox, ...enLeads, ...enMailings, ...enNotices, ...enOrganisation, ...enPersonal, ...enPotential, ...enReasons, ...enSettings, ...enWork },
};
