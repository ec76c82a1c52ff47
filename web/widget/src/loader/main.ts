import type { Config } from "../shared/config.ts";
import type { Emit, Options } from "./chat.ts";
import { chat, type Chat } from "./chat.ts";

type Call = [name: string, ...values: unknown[]];
type Api = { (...call: Call): void; q?: Call[]; v?: number };

const place = window as unknown as { OknoChat?: Api };
const script = document.currentScript as HTMLScriptElement | null;
const ears: Record<string, ((detail: unknown) => void)[]> = {};
const early: Call[] = [];
/** Between tries to reach a gateway that is away. */
const AGAIN_MS = 10_000;
let running: Chat | undefined;
let asked = false;

const emit: Emit = (name, detail) => {
  // Each by itself: a mistake of the site's own must not stop the chat, and must not be silent.
  ears[name]?.map((tell) => setTimeout(tell, 0, detail));
  dispatchEvent(new CustomEvent(`okno:${name}`, { detail }));
};

async function init(options: Options): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    // Where the script came from, or what the site says: `https://chat.example.ru/webchat/`.
    const base = (options.url ?? script?.src ?? "").replace(/(\/webchat\/.*|\/*)$/, "/webchat/");
    const answer = await fetch(`${base}${options.site}/config`, { signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) throw answer.status;
    running = chat(base, options, (await answer.json()) as Partial<Config>, emit);
    watch(running);
    early.splice(0).map(command);
  } catch (error) {
    asked = false;
    emit("error", { code: "config", error });
    // A network or a server that fails may be back the next time, however late; a refusal stays one.
    if (!((error as number) < 500)) setTimeout(init, AGAIN_MS, options);
  }
}

/** Pages that change without loading, and sites that throw out what they did not draw. */
function watch({ keep, page }: Chat): void {
  const soon = (): unknown => setTimeout(page);
  for (const name of ["pushState", "replaceState"] as const) {
    const own = history[name];
    history[name] = function (...values) {
      own.apply(this, values);
      soon();
    };
  }
  // `document.open` takes all listeners and the root away; adding what is there already changes nothing.
  const again = (): void => {
    keep();
    // Another fragment is a step of the history, too.
    addEventListener("popstate", soon);
    observer.observe(document, { childList: true });
    observer.observe(document.documentElement, { childList: true });
  };
  const observer = new MutationObserver(again);
  again();
}

function command(call: Call): void {
  const [name, value, more] = call as [string, never, never];
  if (name === "on") (ears[value] ??= []).push(more);
  else if (name === "init") void init(value);
  else if (!running) early.push(call);
  // A name that is no command is a mistake of the site's, and the browser says so.
  else running[name as keyof Chat](value, more);
}

const stub = place.OknoChat;
if (!stub?.v) {
  place.OknoChat = Object.assign((...call: Call) => command(call), { v: 1 });
  stub?.q?.map(command);
}
