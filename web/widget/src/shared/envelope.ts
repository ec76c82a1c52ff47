import type { Config } from "./config.ts";
import type { Page, Touch } from "./protocol.ts";

/** What loader and frame tell each other goes with this mark; another number is another language and is not listened to. */
export const ENVELOPE = 1;

/** Values kept for the frame on the site's own origin, by key. */
export type Items = Record<string, string>;

/** `focus`: the visitor has opened it by hand just now. */
export type View = { open: boolean; focus?: boolean; phone: boolean };

/**
 * `origin`: where the visitor came from; without consent nothing of it: false, or undefined before anybody has said anything.
 * `said`: what else the site said when it last spoke of consent on this page, each time a new object.
 */
export type Where = { page: Page; origin?: Touch | false; said?: Agreed | undefined; config?: Partial<Config> };

/** What a yes is about, too: by itself it is about visits and where the visitor came from. */
export type Agreed = { forms?: boolean };

export type ToFrame =
  | ({ t: "init"; items: Items; jwt?: string; fields?: Record<string, string>; lang?: string; inline: boolean; view: View } & Where)
  | ({ t: "view" } & View)
  | ({ t: "page" } & Where)
  | { t: "identify"; jwt: string }
  | { t: "logout" }
  | { t: "fields"; fields: Record<string, string> }
  | { t: "send"; text: string }
  | { t: "item"; key: string; value: string | null };

export type EventName = "ready" | "open" | "close" | "message" | "unread" | "started" | "identified" | "form" | "page" | "error";

export type ToLoader =
  | { t: "ready" }
  | { t: "close" }
  | { t: "event"; name: EventName; detail?: unknown }
  | { t: "item"; key: string; value: string | null };

export type Enveloped<T> = T & { okno: typeof ENVELOPE };
