import { colour } from "./colour.ts";
import type { Office } from "./protocol.ts";

export type FieldKind = "text" | "phone" | "email" | "select";
export type Field = { name: string; title: string; kind: FieldKind; required: boolean; options?: { value: string; title: string }[] };

/** What an account says about its widget; see docs/webchat-protocol.md. */
export type Config = {
  v: number;
  version: string;
  account: string;
  title: string;
  greeting: string;
  color: string;
  position: "right" | "left";
  offset_x: number;
  offset_y: number;
  language: "auto" | "ru" | "en";
  prechat: { mode: "off" | "optional" | "required"; fields: Field[] };
  offline: { mode: "off" | "form"; text?: string; fields: Field[] };
  consent: { mode: "off" | "checkbox"; text?: string; policy_url: string; version: string };
  storage_consent: boolean;
  require_identity: boolean;
  files: boolean;
  voice: boolean;
  limits: { text: number; files: number; file_bytes: number };
  office?: Office;
  /** The script that reports what people do on the site; `visits_ask`: it asks for consent itself, with `visits_text` or words of its own. */
  visits?: string;
  visits_ask?: boolean;
  visits_text?: { ru: string; en: string };
  /** What is left in marked fields of forms is read, of who agreed to that, too. */
  visits_forms?: boolean;
};

export const ACCENT = "#1b62cc";

/** The answer of the gateway with the defaults of the protocol put in. */
export function configOf(raw: Partial<Config>): Config {
  return {
    v: 1,
    version: "",
    account: "",
    title: "",
    greeting: "",
    language: "auto",
    storage_consent: false,
    require_identity: false,
    files: true,
    voice: true,
    ...raw,
    color: colour(raw.color, ACCENT),
    position: raw.position === "left" ? "left" : "right",
    offset_x: Number(raw.offset_x ?? 20) || 0,
    offset_y: Number(raw.offset_y ?? 20) || 0,
    prechat: { mode: "off", fields: [], ...raw.prechat },
    offline: { mode: "off", text: "", fields: [], ...raw.offline },
    consent: { mode: "off", text: "", policy_url: "", version: "", ...raw.consent },
    limits: { text: 8000, files: 10, file_bytes: 20_971_520, ...raw.limits },
  };
}

/** The language to speak: what the site asks for, what the account says, what the browser prefers. */
export function languageOf(asked: string | undefined, config: { language?: string }, browser: string): "ru" | "en" {
  const wanted = asked || (config.language === "auto" ? "" : config.language) || browser;
  return /^(ru|$)/.test(wanted) ? "ru" : "en";
}
