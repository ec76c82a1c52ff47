/** The frames of docs/webchat-protocol.md. */

export const VERSION = 1;

export type Page = { url: string; title: string; ref: string };
export type Origin = { url: string; ref: string; at: number; fields: Record<string, string> };
export type Touch = { first: Origin; last: Origin };
export type FormValue = { name: string; title: string; value: string };
export type Press = { message: string; data: string };

export type Msg = {
  t: "msg";
  id: string;
  n: number;
  at: number;
  text?: string;
  files?: string[];
  form?: FormValue[];
  press?: Press;
  page?: Page;
  /** Where no `hello` came before, on the stream path, or the consent has changed since. */
  touch?: Touch;
  /** Whether it may be kept where the visitor came from. */
  storage_consent?: boolean;
  lang?: string;
};

export type Hello = { t: "hello"; v: number; token?: string; after?: string; jwt?: string; page?: Page; touch?: Touch; storage_consent?: boolean; lang: string; tz: string; site?: string };
export type Start = { t: "start"; jwt?: string; consent?: { version: string; at: number } };

export type ClientFrame =
  | Hello
  | Start
  | Msg
  | { t: "got"; ids: string[] }
  | { t: "read"; id: string }
  | { t: "typing" }
  | ({ t: "page" } & Page)
  | { t: "identify"; jwt: string }
  | { t: "older"; before: string }
  | { t: "pong" };

/** What is known of whether somebody answers. `opens_at` is ms since 1970. */
export type Office = { open: boolean; opens_at?: number; online: number; reply_seconds?: number };

export type Span = { style: string; offset: number; length: number; url?: string };
export type Button = { title: string; url?: string; data?: string };
export type File = { id: string; kind: string; name: string; mime: string; size: number; w?: number; h?: number; ms?: number; url: string };

/** A message as the server tells it. `own` is true for staff's, `at` is ms since 1970. */
export type Message = {
  id: string;
  client?: string;
  own: boolean;
  author?: string;
  text: string;
  spans?: Span[];
  files: File[];
  buttons?: Button[][];
  form?: FormValue[];
  at: number;
  edited?: boolean;
  read?: boolean;
  group?: string;
  reply_to?: string;
};

/** In a change what is absent stays as it was; the echo of a `msg` in another tab has no `id` yet. */
export type Told = Partial<Message> & { own: boolean };

export type Welcome = { t: "welcome"; token?: string; office?: Office; messages: Told[]; more: boolean; unread: number; person?: { name: string }; known: boolean; now?: number; reset?: boolean };

export type ServerFrame =
  | Welcome
  | { t: "visitor"; token: string }
  | { t: "ack"; id: string; at?: number }
  | { t: "nack"; id: string; code: string; retry_ms?: number }
  | { t: "message"; message: Told }
  | { t: "gone"; id: string }
  | { t: "seen"; client: string }
  | { t: "typing"; name?: string }
  | ({ t: "office" } & Office)
  | { t: "older"; messages: Told[]; more: boolean }
  | { t: "ping" }
  | { t: "error"; code: string; retry_ms?: number };

/** What an upload answers. */
export type Uploaded = { upload: string; kind: string; name: string; mime: string; size: number; w: number; h: number };
