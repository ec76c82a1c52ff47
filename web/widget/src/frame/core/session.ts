import type { EventName, View } from "../../shared/envelope.ts";
import { VERSION, type ClientFrame, type FormValue, type Hello, type Message, type Page, type Press, type ServerFrame, type Told, type Touch, type Uploaded } from "../../shared/protocol.ts";
import { Connection, type Status } from "./connection.ts";
import { Delivery } from "./delivery.ts";
import { Forms } from "./forms.ts";
import { Outbox, type Entry } from "./outbox.ts";
import { heard, snapshot, type Snapshot, type State } from "./state.ts";
import type { Store } from "./store.ts";
import { Tabs } from "./tabs.ts";
import { lastKnown, readUpTo, unread } from "./thread.ts";
import type { Open } from "./transport.ts";

/** What tabs tell each other. */
type Between =
  | { b: "join" }
  | { b: "snapshot"; snapshot: Snapshot }
  | { b: "frame"; frame: ServerFrame; acked?: Entry }
  | { b: "status"; status: Status }
  | { b: "do"; frame: ClientFrame }
  | { b: "kick"; want: boolean }
  | { b: "read"; id: string }
  | { b: "wipe" };

export type World = {
  store: Store;
  ways: readonly Open[];
  language: string;
  emit: (name: EventName, detail?: unknown) => void;
  /** A message of staff's that was not here before. */
  incoming: (message: Message) => void;
};

const AWAY_MS = 300_000;
const TYPING_EACH_MS = 3_000;
const TOKEN_MS = 25_000;

/** The chat without its looks: who the visitor is, what was said, what is on its way. */
export class Session {
  readonly outbox: Outbox;
  readonly forms: Forms;
  readonly #connection: Connection;
  readonly #delivery: Delivery;
  readonly #tabs: Tabs;
  readonly #listeners = new Set<() => void>();
  #jwt: string | undefined;
  #page: Page | undefined;
  #touch: Touch | undefined;
  #reset = false;
  #typed = 0;
  #told = -1;
  #away: ReturnType<typeof setTimeout> | undefined;

  constructor(
    public state: State,
    readonly world: World,
  ) {
    const { store } = world;
    this.outbox = new Outbox(store);
    this.forms = new Forms(store, state.config);
    this.#connection = new Connection({
      ways: world.ways,
      hello: () => this.#hello(),
      frame: (frame) => this.#receive(frame),
      status: (status) => this.#status(status),
      unknown: () => this.#forget(),
    });
    this.#delivery = new Delivery(this.outbox, {
      send: (msg) => this.#connection.send(this.#connection.streaming && msg.t === "msg" ? { ...msg, touch: this.#touch, lang: world.language } : msg),
      known: () => this.state.token !== undefined,
      start: () => ({ t: "start", jwt: this.#jwt, consent: this.forms.agreement() }),
    });
    this.#tabs = new Tabs(`okno.${state.config.account}`, {
      lead: () => this.#connection.start(),
      follow: () => this.#post({ b: "join" }),
      heard: (message) => this.#between(message as Between),
    });
    store.watch((key, value) => this.#changed(key, value));
    this.#set({ token: store.get("token") ?? undefined, out: this.outbox.list(), ...this.forms.standing() });
    document.addEventListener("visibilitychange", () => this.#looked());
    addEventListener("online", () => this.#connection.hurry());
    addEventListener("offline", () => this.#connection.lost());
    this.#looked();
  }

  subscribe(tell: () => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  // What the site says, through the loader.

  look(view: View): void {
    this.#set({ view });
    this.#looked();
  }

  moved({ url, title, ref }: Page, touch?: Touch): void {
    const page = { url: url.slice(0, 2000), ref: ref.slice(0, 2000), title: title.slice(0, 300) };
    const first = this.#page === undefined;
    const same = this.#page?.url === page.url && this.#page.title === page.title;
    this.#page = page;
    this.#touch = touch;
    if (!first && !same && this.state.token) this.#do({ t: "page", ...page });
  }

  identify(jwt: string): void {
    this.#jwt = jwt;
    this.#reset = true;
    if (this.state.person && !this.#tabs.leading) return;
    if (!this.#do({ t: "identify", jwt })) this.#looked();
  }

  logout(): void {
    for (const key of this.world.store.keys("")) if (key !== "touch") this.world.store.set(key, null);
    this.#post({ b: "wipe" });
    this.#wipe();
  }

  // What the visitor does.

  write(text: string, files: Uploaded[] = [], press?: Press): void {
    const first = !this.state.token && this.state.messages.length === 0 && this.state.out.length === 0;
    const form = this.forms.take();
    const body = text.trim();
    this.outbox.add({ text: body || undefined, files: files.length > 0 ? files.map(({ upload }) => upload) : undefined, form, press, page: this.#page }, files);
    this.#typed = 0;
    if (first) this.world.emit("started");
    if (form) this.world.emit("form", form);
    this.#outChanged();
  }

  form(values: FormValue[]): void {
    this.forms.fill(values);
    this.#set(this.forms.standing());
  }

  agree(yes: boolean): void {
    this.forms.agree(yes);
    this.#set(this.forms.standing());
  }

  retry(id: string): void {
    this.outbox.retry(id);
    this.#outChanged();
  }

  /** Takes back what the server refused; gives the text for another try. */
  discard(id: string): string {
    const entry = this.outbox.remove(id);
    this.#outChanged();
    return entry?.msg.text ?? "";
  }

  typing(): void {
    if (!this.state.token || Date.now() - this.#typed < TYPING_EACH_MS) return;
    this.#typed = Date.now();
    this.#do({ t: "typing" });
  }

  /** A message of staff's was in sight on an open, visible chat. */
  saw(id: string): void {
    const message = this.state.messages.find((one) => one.id === id);
    if (!message?.own || message.read) return;
    this.#post({ b: "read", id });
    this.#markRead(id);
    this.#do({ t: "read", id });
  }

  older(): void {
    const before = this.state.messages.find(({ id, client }) => id !== client)?.id;
    if (!before || !this.state.more || this.state.loading) return;
    if (this.#do({ t: "older", before })) this.#set({ loading: true });
  }

  /** The token, made now if there is none: a file must be sent as somebody. */
  async token(): Promise<string> {
    if (this.state.token) return this.state.token;
    if (this.#tabs.leading) this.#delivery.want();
    else this.#post({ b: "kick", want: true });
    return new Promise((resolve, reject) => {
      const stop = this.subscribe(() => this.state.token && (end(), resolve(this.state.token)));
      const timer = setTimeout(() => (end(), reject(new Error("no token"))), TOKEN_MS);
      const end = (): void => (stop(), clearTimeout(timer));
    });
  }

  // Inside.

  #hello(): Hello {
    const { token, messages, welcomed } = this.state;
    return {
      t: "hello", v: VERSION, token, after: welcomed && !this.#reset ? lastKnown(messages) : undefined, jwt: this.#jwt,
      page: this.#page, touch: this.#touch, lang: this.world.language, tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
    };
  }

  #receive(frame: ServerFrame): void {
    if (frame.t === "welcome" && this.#reset) {
      this.#reset = false;
      frame = { ...frame, reset: true };
    }
    const acked = frame.t === "ack" ? this.state.out.find(({ msg }) => msg.id === frame.id) : undefined;
    this.#apply(frame, acked);
    this.#post({ b: "frame", frame, acked });
    if (frame.t === "welcome" || frame.t === "message" || frame.t === "older") this.#got(frame.t === "message" ? [frame.message] : frame.messages);
    if (frame.t === "welcome") this.#delivery.started();
    else if (frame.t === "visitor") this.#started();
    else if (frame.t === "ack") this.#delivery.ack(frame.id);
    else if (frame.t === "nack") this.#delivery.nack(frame.id, frame.code, frame.retry_ms);
    if (frame.t === "ack" || frame.t === "nack") this.#outChanged(false);
  }

  /** On the stream path the stream must be opened again as somebody; the socket knows. */
  #started(): void {
    if (this.#connection.streaming) this.#connection.restart();
    else this.#delivery.started();
  }

  /** Every tab takes in what the server says; only the leader answers. */
  #apply(frame: ServerFrame, acked?: Entry): void {
    const before = this.state;
    this.#set(heard(before, frame, Date.now(), acked));
    const fresh = frame.t === "message" && frame.message.own && this.state.messages.find(({ id }) => id === frame.message.id);
    if (fresh && !before.messages.some(({ id }) => id === fresh.id)) {
      this.world.emit("message", { id: fresh.id, text: fresh.text, author: fresh.author });
      this.world.incoming(fresh);
    }
    if (frame.t === "welcome" && frame.person && !before.person) this.world.emit("identified", frame.person);
    if (frame.t === "error") this.world.emit("error", { code: frame.code });
    this.#count();
  }

  #got(messages: Told[]): void {
    const ids = messages.filter(({ own, read }) => own && !read).flatMap(({ id }) => id ?? []);
    if (ids.length > 0 && this.state.token) this.#connection.send({ t: "got", ids: ids.slice(-100) });
  }

  #markRead(id: string): void {
    this.#set({ messages: readUpTo(this.state.messages, id, true) });
    this.#count();
  }

  #count(): void {
    const n = unread(this.state.messages);
    if (n === this.#told || (!this.state.welcomed && n === 0)) return;
    this.#told = n;
    this.world.emit("unread", n);
  }

  #status(status: Status): void {
    this.#delivery.reset();
    this.#set({ status, loading: false });
    this.#post({ b: "status", status });
  }

  /** Says a frame by the line of whichever tab holds it. */
  #do(frame: ClientFrame): boolean {
    if (this.#tabs.leading) return this.#connection.send(frame);
    this.#post({ b: "do", frame });
    return this.state.status === "online";
  }

  #outChanged(kick = true): void {
    this.#set({ out: this.outbox.list() });
    if (!kick) return;
    this.#looked();
    if (this.#tabs.leading) this.#delivery.kick();
    else this.#post({ b: "kick", want: false });
  }

  #between(message: Between): void {
    const leading = this.#tabs.leading;
    if (message.b === "join" && leading) this.#post({ b: "snapshot", snapshot: snapshot(this.state) });
    else if (message.b === "snapshot" && !leading) this.#mirror(message.snapshot);
    else if (message.b === "status" && !leading) this.#set({ status: message.status });
    else if (message.b === "frame" && !leading) this.#apply(message.frame, message.acked);
    else if (message.b === "do" && leading) this.#asked(message.frame);
    else if (message.b === "kick" && leading) message.want ? this.#delivery.want() : this.#delivery.kick();
    else if (message.b === "read") this.#markRead(message.id);
    else if (message.b === "wipe") this.#wipe();
  }

  #asked(frame: ClientFrame): void {
    if (frame.t === "identify") this.identify(frame.jwt);
    else this.#connection.send(frame);
  }

  #mirror(there: Snapshot): void {
    const identified = there.person && !this.state.person;
    this.#set(there);
    if (identified) this.world.emit("identified", there.person);
    this.#count();
  }

  /** Another tab has written, sent, or ended the visit. */
  #changed(key: string, value: string | null): void {
    if (key === "token") {
      if (value === null && this.state.token) this.#wipe();
      else this.#set({ token: value ?? undefined });
    } else if (key.startsWith("out.")) {
      // The note of another tab's writing may be quicker than the writing itself: whoever leads looks again.
      this.#set({ out: this.outbox.list() });
      if (this.#tabs.leading) this.#delivery.kick();
    } else if (key.startsWith("form") || key === "consent") this.#set(this.forms.standing());
  }

  /** The server does not know the token any more: what was written goes on as somebody new. */
  #forget(): void {
    this.world.store.set("token", null);
    this.#reset = true;
    this.#set({ token: undefined, person: undefined, messages: [], welcomed: false });
  }

  #wipe(): void {
    this.#jwt = undefined;
    this.forms.clear();
    this.world.store.set("draft", null);
    this.#connection.stop();
    this.#delivery.reset();
    this.#set({ token: undefined, person: undefined, messages: [], out: [], more: false, welcomed: false, problem: undefined, typing: undefined, life: this.state.life + 1, ...this.forms.standing() });
    this.#told = -1;
    this.world.emit("unread", 0);
    if (this.#tabs.leading) this.#tabs.leave();
    this.#looked();
  }

  /** Holds a line while somebody may look, or something waits to be sent; gives it up five minutes after the last look. */
  #looked(): void {
    clearTimeout(this.#away);
    const wanted = this.state.token !== undefined || this.#jwt !== undefined || this.state.view.open || this.state.out.length > 0;
    if (!wanted) return;
    if (document.visibilityState === "visible" || this.state.out.length > 0) {
      this.#tabs.join();
      this.#connection.hurry();
    } else {
      this.#away = setTimeout(() => this.#leave(), AWAY_MS);
    }
  }

  #leave(): void {
    if (this.state.out.length > 0) return this.#looked();
    this.#tabs.leave();
    this.#connection.stop();
  }

  #post(message: Between): void {
    this.#tabs.post(message);
  }

  #set(part: Partial<State>): void {
    const token = this.state.token;
    this.state = { ...this.state, ...part };
    if (this.state.token !== token && this.state.token) this.world.store.set("token", this.state.token);
    for (const tell of this.#listeners) tell();
  }
}
