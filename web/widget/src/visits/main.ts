import { kept } from "../loader/items.ts";
import type { Config } from "../shared/config.ts";
import type { Agreed, Where } from "../shared/envelope.ts";
import { ask } from "./banner.ts";
import { formName, leftIn } from "./form.ts";
import { memory } from "./memory.ts";
import { tracker } from "./tracker.ts";

type Signals = { globalPrivacyControl?: boolean };
type Api = { OknoChat: (name: "consent", given: boolean, more?: Agreed) => void };

// By a name of its own: the bundler takes the usual form for a file of the build.
const HERE = import.meta.url;

/** A browser that asks all sites not to track is not asked again by us. */
function objects(): boolean {
  return (navigator as Signals).globalPrivacyControl === true || navigator.doNotTrack === "1";
}

function device(): "computer" | "phone" | "tablet" {
  if (!matchMedia("(pointer:coarse)").matches) return "computer";
  return Math.min(screen.width, screen.height) < 600 ? "phone" : "tablet";
}

/** Begins with the first page that the loader tells of, on an account that keeps visits. Nothing is kept or told before the person agrees. */
function visits({ account = "", visits_ask: asks, visits_text: text, visits_forms: reads = false, consent, position }: Partial<Config>): (where: Where) => void {
  const items = kept(account);
  const known = memory(items);
  const send = async (report: Record<string, unknown>): Promise<boolean> => {
    try {
      // A plain text needs no leave of the server's first, and goes even as the page ends.
      return (await fetch(new URL(`../${account}/visits`, HERE), { method: "POST", body: JSON.stringify(report), keepalive: true, credentials: "omit" })).ok;
    } catch {
      return false;
    }
  };
  const track = tracker(known, send, () => items.all()["token"], device());
  const say = (given: boolean, more?: Agreed): void => (window as unknown as Api).OknoChat("consent", given, more);
  let close: (() => void) | undefined;
  /** The last word that was heard on this page: a page that is told of anew without another agrees to nothing. */
  let last: Where["said"] | null = null;

  /** Of whom is gone nothing is to be left; said until it was heard. */
  const tell = async (): Promise<void> => {
    for (const guest of known.read().gone ?? []) if (await send({ guest, withdraw: true, now: Date.now() })) known.left(guest);
  };

  const leave = (said: boolean): void => {
    track.stop();
    known.leave(said);
    void tell();
  };

  const question = (): void => {
    if (close) return;
    const language = document.querySelector<HTMLElement>("okno-chat")?.lang === "en" ? "en" : "ru";
    close = ask({ language, text: text?.[language], policy: consent?.policy_url, left: position === "left", forms: reads }, (agrees) => {
      close = undefined;
      say(agrees, { forms: reads });
    });
  };

  const hear = (where: Where): void => {
    const { guest, no } = known.read();
    const repeated = where.said === last;
    last = where.said;
    if (objects()) return void (guest && leave(false));
    // A no to our own question is remembered; sites that ask remember it themselves.
    if (where.origin === false) return void ((guest || (asks && !no)) && leave(!!asks));
    if (where.origin) {
      // Taken back in another tab.
      if (repeated && !guest) return track.stop();
      close = void close?.();
      if (!repeated) known.agree(Date.now(), where.said?.forms && reads);
      return track.look({ page: where.page, visible: document.visibilityState === "visible" }, location.host);
    }
    if (guest && asks) say(true);
    else if (asks && !no) question();
  };

  void tell();
  addEventListener("okno:open", track.chat);
  addEventListener("okno:started", track.known);
  addEventListener("okno:identified", track.known);
  document.addEventListener("visibilitychange", () => track.seen(document.visibilityState === "visible"));
  addEventListener("pagehide", () => track.seen(false));
  addEventListener("submit", ({ target }) => {
    const name = target instanceof HTMLFormElement ? formName(target) : undefined;
    if (name !== undefined) track.form(name, reads ? leftIn(target as HTMLFormElement) : undefined);
    // Before the site's own handlers, which may let it go no further.
  }, true);
  addEventListener("click", (event) => {
    if (!(event.target as Element).closest?.("[data-okno-consent]")) return;
    event.preventDefault();
    if (!objects()) question();
  });
  return hear;
}

let hear: ((where: Where) => void) | undefined;
addEventListener("okno:page", (event) => {
  const { detail } = event as CustomEvent<Where>;
  hear ??= visits(detail.config ?? {});
  hear(detail);
});
