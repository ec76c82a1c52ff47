import type { IncomingMessage, ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import type { Config } from "../src/shared/config.ts";
import type { Message, Office } from "../src/shared/protocol.ts";
import type { Gateway } from "./gateway.ts";
import { body, json, send } from "./http.ts";
import { operatorPage } from "./operator.ts";
import { picture } from "../../testing/picture.ts";
import { jwtOf, type Account, type Faults, type Visitor } from "./world.ts";

type Attached = { name: string; mime: string; kind: string; base64: string; ms?: number };
type Said = Partial<Message> & { text: string; picture?: number; attach?: Attached };
type Act = (account: Account, visitor: Visitor | undefined, given: never) => unknown;

/** The operator's side and the mishaps: `POST /dev/<account>/<act>` for the newest visitor, or the one whose id is given as `?visitor=`. */
export async function command(gateway: Gateway, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { world } = gateway;
  if (path === "operator") return send(response, 200, operatorPage(), { "content-type": "text/html; charset=utf-8" });
  const given: unknown = request.method === "POST" ? JSON.parse(String(await body(request)) || "null") : undefined;
  if (path === "accounts") return json(response, request.method === "POST" ? { account: world.add(given as Partial<Config>) } : [...world.accounts.keys()]);
  if (path === "cut") return json(response, gateway.cut(...((Array.isArray(given) ? given : []) as [number?, string?])) ?? null);
  if (path === "jwt") return json(response, { jwt: jwtOf(given as Record<string, unknown>) });
  const [id = "", act = ""] = path.split("?")[0]?.split("/") ?? [];
  const account = world.account(id);
  const run = acts(gateway)[act];
  if (!account || !run) return send(response, 404, "");
  const visitor = [...account.visitors.values()].filter(({ messages }) => messages.length > 0).at(-1) ?? [...account.visitors.values()].at(-1);
  json(response, run(account, visitor, given as never) ?? null);
}

function acts({ world }: Gateway): Record<string, Act> {
  const known = (visitor: Visitor | undefined): Visitor => visitor ?? fail("nobody has written yet");
  return {
    state: (account, visitor) => ({
      visitors: account.visitors.size,
      visitor: visitor && { ...visitor, listeners: visitor.listeners.size },
    }),
    reply: (_, visitor, { picture: hue, attach, ...said }: Said) => world.reply(known(visitor), { ...said, files: attach ? attachedFile(attach) : hue === undefined ? (said.files ?? []) : pictureFile(hue) }),
    edit: (_, visitor, { id, ...change }: Partial<Message> & { id: string }) => {
      const old = known(visitor).messages.find((one) => one.id === id) ?? fail(`no message ${id}`);
      const made = { ...old, ...change, edited: true };
      known(visitor).messages = known(visitor).messages.map((one) => (one.id === id ? made : one));
      // As the gateway does: without author and time.
      world.tell(known(visitor), { t: "message", message: { id, own: true, text: made.text, files: [], edited: true } });
    },
    remove: (_, visitor, { id }: { id: string }) => {
      known(visitor).messages = known(visitor).messages.filter((one) => one.id !== id);
      world.tell(known(visitor), { t: "gone", id });
    },
    seen: (_, visitor) => {
      const last = known(visitor).messages.findLast(({ own }) => !own) ?? fail("nothing to see");
      known(visitor).messages = known(visitor).messages.map((one) => (one.own ? one : { ...one, read: true }));
      world.tell(known(visitor), { t: "seen", client: last.client ?? "" });
    },
    typing: (_, visitor, { name }: { name?: string }) => world.tell(known(visitor), { t: "typing", name }),
    office: (account, _, office: Office) => {
      account.office = office;
      for (const tell of account.everybody) tell({ t: "office", ...office });
    },
    faults: (account, _, faults: Faults) => {
      account.faults = faults;
    },
    visits: (account) => account.visits,
    forget: (account) => account.tokens.clear(),
    lapse: (account, visitor) => world.lapse(account, known(visitor)),
    sites: (account, _, sites: string[]) => {
      account.sites = sites;
    },
    "stood-on": (account) => account.stoodOn,
    expire: (_, visitor) => {
      const anew = (file: Message["files"][number]): Message["files"][number] => ({ ...file, url: world.relink(file.url) });
      known(visitor).messages = known(visitor).messages.map((one) => ({ ...one, files: one.files.map(anew) }));
    },
    history: (_, visitor, { count }: { count: number }) => {
      const first = Date.now() - 86_400_000;
      const old = Array.from({ length: count }, (_, n): Message => ({ id: randomUUID(), own: n % 3 === 0, author: n % 3 === 0 ? "Анна" : undefined, text: `Сообщение ${n + 1}`, files: [], at: first + n * 60_000, read: true }));
      known(visitor).messages = [...old, ...known(visitor).messages];
    },
  };

  function attachedFile({ name, mime, kind, base64, ms = 0 }: Attached): Message["files"] {
    const id = randomUUID();
    world.uploads.set(id, { bytes: Buffer.from(base64, "base64"), name, mime, kind, w: 0, h: 0, ms });
    return world.file(id);
  }

  function pictureFile(hue: number): Message["files"] {
    const id = randomUUID();
    world.uploads.set(id, { bytes: picture(640, 420, hue), name: `photo-${hue}.png`, mime: "image/png", kind: "image", w: 640, h: 420, ms: 0 });
    return world.file(id);
  }
}

function fail(text: string): never {
  throw new Error(text);
}
