import { VERSION, type ClientFrame, type Hello, type Msg, type ServerFrame, type Told } from "../../shared/protocol.ts";
import type { Circle } from "./circle.ts";
import { Connection, type Status } from "./connection.ts";
import { Delivery } from "./delivery.ts";
import type { Forms } from "./forms.ts";
import type { Keeper } from "./keeper.ts";
import { Life } from "./life.ts";
import type { Entry, Outbox } from "./outbox.ts";
import { ended, snapshot, type Snapshot } from "./state.ts";
import { Tabs } from "./tabs.ts";
import { Trace } from "./trace.ts";
import type { Open } from "./transport.ts";

/** What tabs tell each other. */
type Between =
  | { b: "join" }
  | { b: "lead" }
  | { b: "snapshot"; snapshot: Snapshot }
  | { b: "frame"; frame: ServerFrame; acked?: Entry }
  | { b: "status"; status: Status }
  | { b: "do"; frame: ClientFrame }
  | { b: "kick"; want: boolean; entry?: Entry }
  | { b: "read"; id: string }
  | { b: "again" }
  | { b: "wipe" };

/** `life`: see `Life`. */
type Posted = Between & { life: number };

/** Who knows that a visit is over: this tab ends it, the storage shows it, or another tab says so. */
export type Ending = "here" | "stored" | "told";

/** What the session does with what comes in, in whichever tab it came. */
export type Hears = {
  frame: (frame: ServerFrame, acked?: Entry) => void;
  mirror: (there: Snapshot) => void;
  read: (id: string) => void;
  wipe: () => void;
  /** The token is no good any more. */
  forget: () => void;
  outChanged: () => void;
};

export type Parts = { keeper: Keeper; outbox: Outbox; forms: Forms; circle: Circle; ways: readonly Open[]; language: string; site?: string };

const AWAY_MS = 300_000;

/** The one line to the server that all tabs share: one of them holds it, the others speak and hear through that one. */
export class Line {
  /** Where the visitor is, and came from. */
  readonly trace = new Trace();
  #jwt: string | undefined;
  #reset = false;
  /** As whom the server was last asked to take this connection. */
  #claimed: string | undefined;
  /** The next welcome answers `identify`. */
  #identifying = false;
  #away: ReturnType<typeof setTimeout> | undefined;
  readonly #life = new Life();
  readonly #connection: Connection;
  readonly #delivery: Delivery;
  readonly #tabs: Tabs;

  constructor(
    readonly parts: Parts,
    readonly hears: Hears,
  ) {
    const { keeper, outbox, forms } = parts;
    this.#connection = new Connection({
      ways: parts.ways,
      hello: () => this.#hello(),
      frame: (frame) => this.#receive(frame),
      status: (status) => this.#status(status),
      unknown: () => this.#forget(),
    });
    this.#delivery = new Delivery(outbox, {
      send: (msg) => this.#connection.send(msg.t === "msg" ? this.#outgoing(msg) : msg),
      known: () => keeper.state.token !== undefined,
      start: () => ({ t: "start", jwt: this.#jwt, consent: forms.agreement(keeper.state.skew) }),
      skew: () => keeper.state.skew,
    });
    this.#tabs = new Tabs({
      name: () => parts.circle.name(),
      lead: () => {
        this.#post({ b: "lead" });
        this.#connection.start();
      },
      follow: () => this.#post({ b: "join" }),
      heard: (message) => this.#told(message as Posted),
    });
    document.addEventListener("visibilitychange", () => this.looked());
    addEventListener("online", () => this.#connection.hurry());
    addEventListener("offline", () => this.#connection.lost());
  }

  /** Says a frame by the line of whichever tab holds it; false: there is none now. */
  say(frame: ClientFrame): boolean {
    if (this.#tabs.leading) return this.#connection.send(frame);
    this.#post({ b: "do", frame });
    return this.parts.keeper.state.status === "online";
  }

  /** Hears anew what came last. */
  again(): boolean {
    if (this.parts.keeper.state.status !== "online") return false;
    if (this.#tabs.leading) this.#connection.restart();
    else this.#post({ b: "again" });
    return true;
  }

  /** Something lies in the outbox, `entry` for one; `want`: a token is needed whatever lies there. */
  kick(entry?: Entry, want = false): void {
    this.looked();
    if (!this.#tabs.leading) this.#post({ b: "kick", want, entry });
    else if (want) this.#delivery.want();
    else this.#delivery.kick();
  }

  /** Another tab's writing has been stored: its word of it may have been quicker. */
  stored(): void {
    if (this.#tabs.leading) this.#delivery.kick();
  }

  identify(jwt: string): void {
    this.#jwt = jwt;
    this.#reset = true;
    if (this.parts.keeper.state.person && !this.#tabs.leading) return;
    this.#identifying = this.say({ t: "identify", jwt });
    if (this.#identifying) this.#claimed = jwt;
    else this.looked();
  }

  /** The other tabs learn that all up to this message was read. */
  read(id: string): void {
    this.#post({ b: "read", id });
    this.say({ t: "read", id });
  }

  /** The tabs with which this one may share have another name now. */
  moved(): void {
    const { joined } = this.#tabs;
    this.#tabs.move();
    this.#connection.stop();
    this.#delivery.reset();
    if (joined) this.#tabs.join();
  }

  /** Everything of this visitor's ends: what ends here ends in the other tabs as well. */
  wipe(ending: Ending): void {
    this.#jwt = undefined;
    this.#connection.stop();
    this.#delivery.reset();
    if (this.#tabs.leading) this.#tabs.leave();
    if (ending === "stored") this.#life.ended();
    if (ending !== "here") return;
    this.#life.end();
    this.#post({ b: "wipe" });
  }

  /** Holds a line while somebody may look, or something waits to be sent; gives it up five minutes after the last look. */
  looked(): void {
    clearTimeout(this.#away);
    const { token, view, out } = this.parts.keeper.state;
    if (!token && !this.#jwt && !view.open && out.length === 0) return;
    if (document.visibilityState === "visible" || out.length > 0) {
      this.#tabs.join();
      this.#connection.hurry();
    } else {
      this.#away = setTimeout(() => this.#leave(), AWAY_MS);
    }
  }

  #leave(): void {
    if (this.parts.keeper.state.out.length > 0) return this.looked();
    this.#tabs.leave();
    this.#connection.stop();
  }

  #hello(): Hello {
    this.#claimed = this.#jwt;
    const { token, after } = this.parts.keeper.state;
    return {
      t: "hello", v: VERSION, token, after: this.#reset ? undefined : after, jwt: this.#jwt, site: this.parts.site,
      ...this.trace.hello(), lang: this.parts.language, tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
    };
  }

  /** POSTs know no `hello`. */
  #outgoing(msg: Msg): Msg {
    const alone = this.#connection.streaming;
    return { ...this.trace.message(msg, alone), lang: alone ? this.parts.language : undefined };
  }

  #receive(told: ServerFrame): void {
    const reset = told.t === "welcome" && this.#reset;
    if (told.t === "welcome") this.#reset = false;
    // It is over, or was never good: said again it would only be refused again.
    if ((told.t === "error" && told.code === "identity") || (told.t === "welcome" && ended(told))) this.#jwt = undefined;
    const frame: ServerFrame = reset ? { ...told, reset } : told;
    const acked = frame.t === "ack" ? this.parts.keeper.state.out.find(({ msg }) => msg.id === frame.id) : undefined;
    this.hears.frame(frame, acked);
    this.#post({ b: "frame", frame, acked });
    if (frame.t === "welcome" || frame.t === "older") this.#got(frame.messages);
    else if (frame.t === "message") this.#got([frame.message]);
    this.#deliver(frame);
  }

  #deliver(frame: ServerFrame): void {
    if (frame.t === "ack") this.#delivery.ack(frame.id);
    else if (frame.t === "nack") this.#delivery.nack(frame.id, frame.code, frame.retry_ms);
    else if (frame.t === "welcome") return this.#welcomed(frame.token);
    else if (frame.t === "visitor") return this.#known();
    else return;
    this.hears.outChanged();
  }

  /** A token in the stream's own welcome is of whom it was opened as. */
  #welcomed(token: string | undefined): void {
    const answer = this.#identifying;
    this.#identifying = false;
    // Who it is became known while the connection was being made, too late for its first word.
    if (this.#jwt && this.#jwt !== this.#claimed) this.identify(this.#jwt);
    else if (answer && token) this.#known();
    else this.#delivery.started();
  }

  /** A stream must be opened again as somebody; a socket knows. */
  #known(): void {
    if (this.#connection.streaming) this.#connection.restart();
    else this.#delivery.started();
  }

  #got(messages: Told[]): void {
    const ids = messages.filter(({ own, read }) => own && !read).flatMap(({ id }) => id ?? []);
    if (ids.length > 0 && this.parts.keeper.state.token) this.#connection.send({ t: "got", ids: ids.slice(-100) });
  }

  #forget(): void {
    this.#reset = true;
    this.hears.forget();
  }

  #status(status: Status): void {
    if (status !== "online") this.#identifying = false;
    this.#delivery.reset();
    this.parts.keeper.set({ status, loading: false });
    this.#post({ b: "status", status });
  }

  /** A word of a former life is not listened to, but for the question which one it is now. */
  #told({ life, ...message }: Posted): void {
    const kin = this.#life.kin(life);
    if (kin === "former" && message.b !== "join") return;
    const stranger = kin === "newer" && !this.#life.follow(life);
    if (kin === "newer" && !stranger) this.hears.wipe();
    this.#between(message);
    // What was said before this tab knew which life it is was not listened to.
    if (stranger && !this.#tabs.leading) this.#repeat();
  }

  #repeat(): void {
    for (const entry of this.parts.outbox.list()) this.#post({ b: "kick", want: false, entry });
    if (this.#jwt) this.identify(this.#jwt);
  }

  #between(message: Between): void {
    if (message.b === "read") this.hears.read(message.id);
    else if (this.#tabs.leading) this.#asked(message);
    else if (message.b === "snapshot") this.hears.mirror(message.snapshot);
    else if (message.b === "status") this.parts.keeper.set({ status: message.status });
    else if (message.b === "frame") this.#mirror(message.frame, message.acked);
    // What was said while no tab led was not listened to.
    else if (message.b === "lead") this.#repeat();
  }

  #mirror(frame: ServerFrame, acked?: Entry): void {
    this.hears.frame(frame, acked);
    if (frame.t !== "ack") return;
    // The leader has taken it out of the storage; where that is full this tab has it in memory alone.
    this.parts.outbox.remove(frame.id);
    this.hears.outChanged();
  }

  /** What the other tabs want of the one that leads. */
  #asked(message: Between): void {
    if (message.b === "join") this.#post({ b: "snapshot", snapshot: snapshot(this.parts.keeper.state) });
    else if (message.b === "again") this.again();
    else if (message.b === "kick") this.#kicked(message.want, message.entry);
    else if (message.b === "do" && message.frame.t === "identify") this.identify(message.frame.jwt);
    else if (message.b === "do") this.#connection.send(message.frame);
  }

  /** The entry comes along: the storage's own word of it may be late, or the storage full. */
  #kicked(want: boolean, entry?: Entry): void {
    if (entry) {
      this.parts.outbox.put(entry);
      this.hears.outChanged();
    }
    if (want) this.#delivery.want();
    else this.#delivery.kick();
  }

  #post(message: Between): void {
    this.#tabs.post({ ...message, life: this.#life.at } satisfies Posted);
  }
}
