import type { EventName, View, Where } from "../../shared/envelope.ts";
import type { File, FormValue, Message, Press, ServerFrame, Uploaded } from "../../shared/protocol.ts";
import { Circle } from "./circle.ts";
import { Forms } from "./forms.ts";
import { Keeper } from "./keeper.ts";
import { Line, type Ending } from "./line.ts";
import { Outbox, type Entry } from "./outbox.ts";
import { Renewal } from "./renewal.ts";
import { heard, missed, sawUpTo, type Snapshot, type State } from "./state.ts";
import type { Store } from "./store.ts";
import type { Open } from "./transport.ts";

export type World = {
  store: Store;
  /** The origin on which `store` keeps. */
  home: string;
  /** The origin of the site's page, where there is one. */
  site?: string;
  ways: readonly Open[];
  language: string;
  emit: (name: EventName, detail?: unknown) => void;
  /** A message of staff's that was not here before. */
  incoming: (message: Message) => void;
};

const TYPING_EACH_MS = 3_000;
const TOKEN_MS = 25_000;

/** The chat without its looks: who the visitor is, what was said, what is on its way. */
export class Session {
  readonly outbox: Outbox;
  readonly forms: Forms;
  readonly #keeper: Keeper;
  readonly #circle: Circle;
  readonly #line: Line;
  readonly #renewal = new Renewal(() => this.state.messages, (before) => (before ? this.#line.say({ t: "older", before }) : this.#line.again()));
  #typed = 0;
  #told = -1;
  #welcomes = 0;

  constructor(
    first: State,
    readonly world: World,
  ) {
    const { store, home, site, ways, language } = world;
    this.outbox = new Outbox(store);
    this.forms = new Forms(store, first.config);
    this.#keeper = new Keeper(first, store);
    this.#circle = new Circle(store, first.config.account, home);
    this.#line = new Line({ keeper: this.#keeper, outbox: this.outbox, forms: this.forms, circle: this.#circle, ways, language, site }, {
      frame: (frame, acked) => this.#apply(frame, acked),
      mirror: (there) => this.#mirror(there),
      read: (id) => this.#markRead(id),
      wipe: () => this.#wipe("told"),
      forget: () => this.#forget(),
      outChanged: () => this.#keeper.set({ out: this.outbox.list() }),
    });
    store.watch((key, value) => this.#changed(key, value));
    this.#keeper.set({ token: store.get("token") ?? undefined, out: this.outbox.list(), ...this.forms.standing() });
    this.#line.looked();
  }

  get state(): State {
    return this.#keeper.state;
  }

  subscribe(tell: () => void): () => void {
    return this.#keeper.subscribe(tell);
  }

  // What the site says, through the loader.

  look(view: View): void {
    this.#keeper.set({ view });
    this.#line.looked();
  }

  moved(where: Where): void {
    const { trace } = this.#line;
    const before = trace.page;
    trace.moved(where);
    const { page } = trace;
    const same = before?.url === page?.url && before?.title === page?.title;
    if (before && page && !same && this.state.token) this.#line.say({ t: "page", ...page });
  }

  identify(jwt: string): void {
    this.#line.identify(jwt);
  }

  logout(): void {
    for (const key of this.world.store.keys("")) if (key !== "touch") this.world.store.set(key, null);
    this.#wipe("here");
  }

  // What the visitor does.

  write(text: string, files: Uploaded[] = [], press?: Press): void {
    const first = !this.state.token && this.state.messages.length === 0 && this.state.out.length === 0;
    const form = this.forms.take();
    const uploads = files.length > 0 ? files.map(({ upload }) => upload) : undefined;
    const entry = this.outbox.add({ text: text.trim() || undefined, files: uploads, form, press, page: this.#line.trace.page }, files, this.state.skew);
    this.#typed = 0;
    if (first) this.world.emit("started");
    if (form) this.world.emit("form", form);
    this.#outChanged(entry);
  }

  form(values: FormValue[]): void {
    this.forms.fill(values);
    this.#keeper.set(this.forms.standing());
  }

  agree(yes: boolean): void {
    this.forms.agree(yes);
    this.#keeper.set(this.forms.standing());
  }

  retry(id: string): void {
    this.#outChanged(this.outbox.retry(id));
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
    this.#line.say({ t: "typing" });
  }

  /** A message of staff's was in sight on an open, visible chat. */
  saw(id: string): void {
    const message = this.state.messages.find((one) => one.id === id);
    if (!message?.own || message.read) return;
    this.#markRead(id);
    this.#line.read(id);
  }

  older(): void {
    const before = this.state.messages.find(({ id, client }) => id !== client)?.id;
    if (!before || !this.state.more || this.state.loading) return;
    if (this.#line.say({ t: "older", before })) this.#keeper.set({ loading: true });
  }

  /** The link of this file does not lead anywhere any more. */
  expired(file: File): void {
    if (file.url) this.#renewal.want(file);
  }

  /** The token, made now if there is none: a file must be sent as somebody. */
  async token(): Promise<string> {
    if (!this.state.token) this.#line.kick(undefined, true);
    return this.#until(() => this.state.token);
  }

  /** Another token than this one, which was refused: the server is asked anew who the visitor is. Rejects when it stays the same. */
  async renewed(refused: string): Promise<string> {
    const before = this.#welcomes;
    if (this.state.token === refused) this.#line.again();
    await this.#until(() => this.state.token !== refused || this.#welcomes > before || this.state.status === "refused" || undefined);
    const token = await this.token();
    if (token === refused) throw new Error("the same token");
    return token;
  }

  /** What `find` gives, as soon as there is something. */
  #until<T>(find: () => T | undefined): Promise<T> {
    const now = find();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise((resolve, reject) => {
      const end = (): void => (stop(), clearTimeout(timer));
      const look = (found = find()): void => (found === undefined ? undefined : (end(), resolve(found)));
      const stop = this.subscribe(() => look());
      const timer = setTimeout(() => (end(), reject(new Error("nothing came"))), TOKEN_MS);
    });
  }

  // What comes in.

  /** Every tab takes in what the server says. */
  #apply(frame: ServerFrame, acked?: Entry): void {
    const before = this.state;
    if (frame.t === "welcome") this.#welcomes += 1;
    this.#keeper.set(heard(before, frame, Date.now(), acked));
    const fresh = frame.t === "message" && frame.message.own && this.state.messages.find(({ id }) => id === frame.message.id);
    if (fresh && !before.messages.some(({ id }) => id === fresh.id)) {
      this.world.emit("message", { id: fresh.id, text: fresh.text, author: fresh.author });
      this.world.incoming(fresh);
    }
    if (frame.t === "error") this.world.emit("error", { code: frame.code });
    if (frame.t === "older" || frame.t === "welcome" || frame.t === "error") this.#renewal.answered();
    if (!before.lapsed && this.state.lapsed) this.world.emit("error", { code: "identity_expired" });
    this.#tellPerson(before);
    this.#count();
  }

  #mirror(there: Snapshot): void {
    const before = this.state;
    this.#keeper.set(there);
    this.#tellPerson(before);
    this.#count();
  }

  #tellPerson({ person }: State): void {
    if (!person && this.state.person) this.world.emit("identified", this.state.person);
  }

  #markRead(id: string): void {
    this.#keeper.set(sawUpTo(this.state, id));
    this.#count();
  }

  #count(): void {
    const n = missed(this.state);
    if (n === this.#told || (!this.state.known && n === 0)) return;
    this.#told = n;
    this.world.emit("unread", n);
  }

  #outChanged(entry?: Entry): void {
    this.#keeper.set({ out: this.outbox.list() });
    this.#line.kick(entry);
  }

  /** Another tab has written, sent, or ended the visit. */
  #changed(key: string, value: string | null): void {
    if (this.#circle.heard(key, value)) this.#line.moved();
    else if (key === "token" && value === null && this.state.token) this.#wipe("stored");
    else if (key === "token") this.#keeper.set({ token: value ?? undefined });
    else if (key.startsWith("form") || key === "consent") this.#keeper.set(this.forms.standing());
    else if (key.startsWith("out.")) {
      this.#keeper.set({ out: this.outbox.list() });
      this.#line.stored();
    }
  }

  /** What was written goes on as somebody new. */
  #forget(): void {
    this.world.store.set("token", null);
    this.#keeper.set({ token: undefined, person: undefined, messages: [], after: undefined, above: 0, welcomed: false });
  }

  #wipe(ending: Ending): void {
    this.forms.clear();
    // A new token may have come in just after the storage was emptied.
    if (this.state.token === this.world.store.get("token")) this.world.store.set("token", null);
    this.world.store.set("draft", null);
    this.#line.wipe(ending);
    const { life } = this.state;
    this.#keeper.set({ token: undefined, person: undefined, messages: [], out: [], more: false, after: undefined, above: 0, welcomed: false, known: false, problem: undefined, lapsed: false, typing: undefined, life: life + 1, ...this.forms.standing() });
    this.#told = -1;
    this.world.emit("unread", 0);
    this.#line.looked();
  }
}
