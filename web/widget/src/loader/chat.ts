import { languageOf, type Config } from "../shared/config.ts";
import { ENVELOPE, type Agreed, type Enveloped, type EventName, type ToFrame, type ToLoader, type Where } from "../shared/envelope.ts";
import type { Page } from "../shared/protocol.ts";
import { kept } from "./items.ts";
import { shell } from "./shell.ts";
import { cleaned, origin, touched, type Kept as Touches } from "./touches.ts";

/** What a site says in `init`. */
export type Options = { site: string; url?: string; inline?: string; lang?: string; query?: string[]; consent?: boolean };
export type Emit = (name: EventName, detail?: unknown) => void;

/** The commands of a site, and `keep` for whoever watches the page. */
export type Chat = Record<"open" | "close" | "toggle" | "logout" | "page" | "keep", () => void> & {
  identify: (jwt: string) => void;
  setFields: (fields: Record<string, string>) => void;
  send: (text: string) => void;
  consent: (given: boolean, more?: Agreed) => void;
};

const BACKGROUND_MS = 1500;
/** What has come in place of the frame is the browser's own word that the gateway is away: so long until it is asked again. */
const FRAME_MS = 5000;

/** One chat on one page: the shell, what is kept on the site's origin, and the talk with the frame. */
export function chat(base: string, { site, inline, lang, query, consent: agreed }: Options, config: Partial<Config>, emit: Emit): Chat {
  const items = kept(site);
  const gateway = new URL(base).origin;
  const { host, button, panel, frame, open: isOpen, phone, show, unread } = shell(config, languageOf(lang, config, navigator.language), !!inline);
  const waiting: ToFrame[] = [];
  let fields: Record<string, string> = {};
  let jwt: string | undefined;
  let ready = false;
  // Undefined: it is needed, and nobody has said anything yet.
  let consent = agreed ?? (config.storage_consent ? undefined : true);
  let said: Agreed | undefined;
  let now: Page = { url: "", title: "", ref: cleaned(document.referrer, query) };
  let touches: Touches | undefined;
  try {
    touches = JSON.parse(items.all().touch as string) as Touches;
  } catch {
    // None yet, or spoiled: this is the first.
  }

  const tell = (message: ToFrame): void => {
    if (ready) frame.contentWindow?.postMessage({ okno: ENVELOPE, ...message }, gateway);
    else if (message.t === "send") waiting.push(message);
  };

  const ask = (): void => {
    if (!ready) frame.src = `${base}${site}/frame#${location.origin}`;
  };

  const load = (): unknown => frame.src || ask();

  const look = (focus?: boolean): ToFrame & { t: "view" } => ({ t: "view", open: isOpen(), focus, phone: phone() });

  const view = (opened: boolean, focus = navigator.userActivation?.isActive): void => {
    if (opened) load();
    if (opened === isOpen()) return;
    show(opened);
    if (opened && focus) frame.focus();
    tell(look(focus));
    emit(opened ? "open" : "close");
  };

  const close = (): void => {
    if (inline) return;
    const inside = document.activeElement === host;
    view(false);
    if (inside) button.focus();
  };

  const count = (n: number): void => {
    unread(n);
    items.set("unread", n > 0 && `${n}`);
  };

  /** Where the visitor is; without consent not where they came from. */
  const where = (): Where => ({ page: now, origin: consent && touches, said, config });

  /** The visitor is on a page: by itself at each change of the address, by the site's call whenever it likes. */
  const page = (): void => {
    keep();
    const url = cleaned(location.href, query);
    now = { url, title: document.title, ref: now.url && now.url !== url ? now.url : now.ref };
    touches = touched(touches, origin(location.href, document.referrer, consent ? document.cookie : "", Date.now()));
    items.set("touch", consent && JSON.stringify(touches));
    tell({ t: "page", ...where() });
    emit("page", where());
    if (location.hash === "#okno") view(true, false);
  };

  const heard = ({ data: told, source, origin: from }: MessageEvent<Enveloped<ToLoader>>): void => {
    if (source !== frame.contentWindow || from !== gateway || told?.okno !== ENVELOPE) return;
    if (told.t === "close") close();
    if (told.t === "item") items.set(told.key, told.value);
    if (told.t === "event") {
      if (told.name === "unread") count(told.detail as number);
      emit(told.name, told.detail);
    }
    if (told.t === "ready") {
      ready = true;
      tell({ t: "init", items: items.all(), ...where(), jwt, fields, lang, inline: !!inline, view: look(document.activeElement === host) });
      waiting.splice(0).map(tell);
      emit("ready");
    }
  };

  /** Another tab of the site has changed something. */
  const changed = ({ key: name, newValue: value }: StorageEvent): void => {
    const key = items.own(name);
    if (key === "unread") unread(+(value as string));
    if (key) tell({ t: "item", key, value });
  };

  const clicked = (event: MouseEvent): void => {
    if (!(event.target as Element).closest?.("[data-okno-open]")) return;
    event.preventDefault();
    view(true);
  };

  /** Takes the place on the page and listens. Called again it adds nothing, so that it may be whenever the site has changed. */
  const keep = (): void => {
    // Beside the body: a site that changes its body leaves us, and the frame, alone.
    const place = inline ? document.querySelector(inline) : document.documentElement;
    if (place && host.parentNode !== place) {
      ready = false;
      place.append(host);
    }
    addEventListener("message", heard);
    addEventListener("storage", changed);
    addEventListener("click", clicked);
  };

  const toggle = (): void => (isOpen() ? close() : view(true));

  button.onclick = toggle;
  // By then our own frame has long said that it is ready; the empty one is not asked for.
  frame.onload = () => frame.src && setTimeout(ask, FRAME_MS);
  panel.onkeydown = button.onkeydown = ({ key }) => {
    // Nothing is returned: `false` would take Enter away from the button.
    if (key === "Escape") close();
  };
  unread(+(items.all().unread ?? 0));
  page();
  // It listens for pages from then on. Where it may not be loaded nothing is reported.
  if (config.visits) import(/* @vite-ignore */ base + config.visits).then(page, page);
  if (inline) view(true, false);
  // Who has written before hears of an answer without opening, and what could not go yet goes.
  else if (/token|out\./.test(`${Object.keys(items.all())}`)) setTimeout(load, BACKGROUND_MS);

  return {
    close, page, keep, toggle,
    open: () => view(true),
    identify: (token) => {
      tell({ t: "identify", jwt: (jwt = token) });
      load();
    },
    logout: () => {
      jwt = undefined;
      fields = {};
      for (const key in items.all()) if (key !== "touch") items.set(key);
      count(0);
      tell({ t: "logout" });
    },
    setFields: (more) => tell({ t: "fields", fields: Object.assign(fields, more) }),
    send: (text) => {
      load();
      tell({ t: "send", text });
    },
    consent: (given, more) => {
      consent = given;
      said = { ...more };
      // The cookies may be read from now on.
      page();
    },
  };
}
