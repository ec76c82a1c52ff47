import type { ClientFrame, Message, ServerFrame, Welcome } from "../src/shared/protocol.ts";
import type { Account, Told, Visitor, World } from "./world.ts";

const PAGE = 20;

/** One line of a visitor's: takes client frames, tells server frames. */
export class Talk {
  #visitor: Visitor | undefined;

  constructor(
    readonly world: World,
    readonly account: Account,
    readonly tell: Told,
    token?: string,
  ) {
    account.everybody.add(tell);
    account.ends.add(this.#end);
    if (token) this.#become(account.tokens.get(token));
  }

  /** Why the line must end: the close code. */
  hangup: number | undefined;

  /** False: it must end. */
  hear(frame: ClientFrame): boolean {
    switch (frame.t) {
      case "hello":
        return this.#hello(frame);
      case "start":
        return this.#start(frame);
      case "identify":
        this.#identify(frame.jwt);
        return true;
      default:
        if (this.#visitor) this.#known(this.#visitor, frame);
        else if (frame.t !== "pong") this.tell({ t: "error", code: "token" });
        return true;
    }
  }

  close(): void {
    this.account.everybody.delete(this.tell);
    this.account.ends.delete(this.#end);
    this.#visitor?.listeners.delete(this.tell);
  }

  #known(visitor: Visitor, frame: ClientFrame): void {
    const { faults } = this.account;
    if (frame.t === "msg") {
      const no = faults.nack ?? (this.world.takes(frame) ? undefined : "bad_frame");
      if (no) return this.tell({ t: "nack", id: frame.id, code: no });
      this.world.take(visitor, frame, this.tell);
      const at = visitor.messages.find(({ client }) => client === frame.id)?.at;
      if (!faults.acks) this.tell({ t: "ack", id: frame.id, at });
    } else if (frame.t === "read") this.#read(visitor, frame.id);
    else if (frame.t === "got") visitor.got.push(...frame.ids);
    else if (frame.t === "typing") visitor.typed += 1;
    else if (frame.t === "page") visitor.pages.push({ url: frame.url, title: frame.title, ref: frame.ref });
    else if (frame.t === "older") this.tell(this.#older(visitor, frame.before));
  }

  #hello(hello: ClientFrame & { t: "hello" }): boolean {
    if (!this.world.allows(this.account, hello.site)) return this.#hangUp(4403);
    const visitor = hello.token ? this.account.tokens.get(hello.token) : undefined;
    if (hello.token && !visitor) return this.#hangUp(4401);
    if (hello.jwt && this.#identify(hello.jwt, hello.token, hello.after)) return true;
    if (visitor && this.account.lapsed.has(hello.token ?? "")) return this.#anew(visitor);
    this.#become(visitor);
    if (visitor && hello.touch) visitor.touch = hello.touch;
    if (visitor && hello.page) visitor.pages.push(hello.page);
    this.tell(this.#welcome(hello.after));
    return true;
  }

  #start(start: ClientFrame & { t: "start" }): boolean {
    const made = this.world.visitor(this.account, start.jwt);
    if (!made) return this.#refuse();
    made.visitor.consent = start.consent;
    this.#become(made.visitor);
    this.tell({ t: "visitor", token: made.token });
    return true;
  }

  #hangUp(code: number): false {
    this.hangup = code;
    return false;
  }

  /** Another, anonymous visitor in place of a person who is one no longer. */
  readonly #end = (visitor: Visitor): void => void (this.#visitor === visitor && this.#anew(visitor));

  #anew(former: Visitor): boolean {
    const made = this.world.visitor(this.account);
    if (!made || !former.person) return this.#refuse();
    this.#become(made.visitor);
    if (this.account.config.require_identity) this.tell({ t: "error", code: "identity_required" });
    this.tell({ ...this.#welcome(), token: made.token, reset: true });
    return true;
  }

  /** False: the site did not sign it, or no longer. */
  #identify(jwt: string, old?: string, after?: string): boolean {
    const before = this.#visitor ?? (old ? this.account.tokens.get(old) : undefined);
    const made = this.world.visitor(this.account, jwt);
    if (!made) return !this.#refuse();
    // What was written before goes with the person.
    if (before && !before.person) for (const message of before.messages.splice(0)) made.visitor.messages.push(message);
    made.visitor.messages.sort((a, b) => a.at - b.at);
    this.#become(made.visitor);
    // Whose token says it already needs no other.
    this.tell({ ...this.#welcome(after), token: made.visitor === before ? undefined : made.token });
    return true;
  }

  #refuse(): boolean {
    this.tell({ t: "error", code: "identity" });
    return true;
  }

  #become(visitor: Visitor | undefined): void {
    this.#visitor?.listeners.delete(this.tell);
    this.#visitor = visitor;
    visitor?.listeners.add(this.tell);
  }

  #welcome(after?: string): Welcome {
    const all = this.#visitor?.messages ?? [];
    const known = after ? all.findIndex(({ id }) => id === after) : -1;
    const messages = known >= 0 ? all.slice(Math.max(0, known - 5)) : all.slice(-PAGE);
    const unread = all.filter(({ own, read }) => own && !read).length;
    const person = this.#visitor?.person;
    return { t: "welcome", now: Date.now(), office: this.account.office, messages, more: all.length > messages.length, unread, person: person && { name: person.name }, known: true };
  }

  #older(visitor: Visitor, before: string): ServerFrame {
    const at = visitor.messages.findIndex(({ id }) => id === before);
    return { t: "older", messages: visitor.messages.slice(Math.max(0, at - PAGE), Math.max(0, at)), more: at > PAGE };
  }

  #read(visitor: Visitor, id: string): void {
    const at = visitor.messages.findIndex((one) => one.id === id);
    visitor.messages = visitor.messages.map((one, index): Message => (one.own && index <= at ? { ...one, read: true } : one));
  }
}
