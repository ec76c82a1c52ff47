import { render } from "preact";
import { configOf, languageOf, type Config } from "../shared/config.ts";
import type { ToFrame, View } from "../shared/envelope.ts";
import { origin, touched, cleaned } from "../loader/touches.ts";
import { Bridge } from "./core/bridge.ts";
import { Session, type World } from "./core/session.ts";
import { socket } from "./core/socket.ts";
import { LoaderStore, pageStore, type Store } from "./core/store.ts";
import type { Mode, State } from "./core/state.ts";
import { stream } from "./core/stream.ts";
import { setLanguage, t } from "./i18n/index.ts";
import { Announcer } from "./ui/announcer.ts";
import { App } from "./ui/App.tsx";
import { release } from "./ui/attachments.ts";
import { dress } from "./ui/dress.ts";
import { Place } from "./ui/place.ts";
import { Trouble } from "./ui/Trouble.tsx";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/log.css";
import "./ui/files.css";
import "./ui/compose.css";
import "./ui/modes.css";

const base = location.href.replace(/\/(?:frame|page)(?:[?#].*)?$/, "");
const account = base.slice(base.lastIndexOf("/") + 1);
const root = document.getElementById("root") as HTMLElement;
const alone = window.parent === window;

type Begin = { config: Partial<Config>; store: Store; home: string; site?: string; mode: Mode; view: View; lang?: string; emit: World["emit"]; close: () => void };

function begin({ config: raw, store, home, site, mode, view, lang, emit, close }: Begin): Session {
  const config = configOf({ ...raw, account });
  setLanguage(languageOf(lang, config, navigator.language));
  document.title = config.title || t("chat.title");
  document.documentElement.dataset["mode"] = mode;
  dress(config.color);
  const announcer = new Announcer();
  const state: State = {
    config, mode, view, status: "idle", welcomed: false, known: false, messages: [], more: false, above: 0, loading: false, out: [], office: config.office, life: 0, introduced: false, agreed: false, lapsed: false,
  };
  const language = document.documentElement.lang;
  const session = new Session(state, { store, home, site, ways: [socket(base), stream(base, () => store.get("token") ?? undefined, site)], language, emit, incoming: (message) => announcer.message(message) });
  session.subscribe(() => release(session.state.messages, session.state.out));
  render(
    <Place.Provider value={{ session, base, store, announcer, close }}>
      <App />
    </Place.Provider>,
    root,
  );
  return session;
}

/** Inside a site: everything comes from the loader. */
function framed(): void {
  let session: Session | undefined;
  let store: LoaderStore | undefined;
  const bridge = new Bridge(window.parent, location.href, (message) => {
    if (message.t === "init" && !session) [session, store] = first(message);
    else if (session && store) follow(session, store, message);
  });

  function first(init: ToFrame & { t: "init" }): [Session, LoaderStore] {
    const kept = new LoaderStore(init.items, (key, value) => bridge.post({ t: "item", key, value }));
    const made = begin({
      config: init.config ?? {}, store: kept, home: bridge.origin, site: siteOf(bridge), mode: init.inline ? "inline" : "panel", view: init.view, lang: init.lang,
      emit: (name, detail) => bridge.post({ t: "event", name, detail }), close: () => bridge.post({ t: "close" }),
    });
    made.moved(init);
    if (init.fields) made.forms.add(init.fields);
    if (init.jwt) made.identify(init.jwt);
    return [made, kept];
  }

  bridge.post({ t: "ready" });
}

/** A preview on the gateway's own pages is on no site of the account's. */
function siteOf({ origin: site }: Bridge): string | undefined {
  return site === location.origin ? undefined : site;
}

function follow(session: Session, store: LoaderStore, message: ToFrame): void {
  switch (message.t) {
    case "view":
      return session.look({ open: message.open, focus: message.focus, phone: message.phone });
    case "page":
      return session.moved(message);
    case "identify":
      return session.identify(message.jwt);
    case "logout":
      return session.logout();
    case "fields":
      return session.forms.add(message.fields);
    case "send":
      return session.write(String(message.text));
    case "item":
      return store.changed(message.key, message.value);
  }
}

/** A page of its own, for links and QR codes. */
async function paged(): Promise<void> {
  const answer = await fetch(`${base}/config`, { signal: AbortSignal.timeout(15_000) });
  if (!answer.ok) throw new Error(`config: ${answer.status}`);
  const config = (await answer.json()) as Partial<Config>;
  const store = pageStore(account);
  const session = begin({ config, store, home: location.origin, mode: "page", view: { open: true, focus: true, phone: false }, emit: () => undefined, close: () => undefined });
  // Nobody asks for a consent here: where one is demanded there is none.
  const touches = !config.storage_consent && touched(undefined, origin(location.href, document.referrer, "", Date.now()));
  const here = { url: cleaned(location.href), title: document.title, ref: cleaned(document.referrer) };
  session.moved({ page: here, origin: touches && { first: touches.first, last: touches.last } });
}

if (!alone) framed();
else
  paged().catch(() => {
    setLanguage(languageOf(undefined, {}, navigator.language));
    dress("");
    render(<Trouble text={t("problem.config")} />, root);
  });
