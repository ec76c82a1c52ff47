import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { Config } from "../src/shared/config.ts";
import type { File, FormValue, Message, Msg, Office, Page, ServerFrame, Touch } from "../src/shared/protocol.ts";

/** What signs customers in at the accounts of this server. For development only. */
export const SECRET = "development-secret-of-the-mock";

export type Upload = { bytes: Buffer; name: string; mime: string; kind: string; w: number; h: number; ms: number };
export type Told = (frame: ServerFrame) => void;

/** One visitor: what was said, who listens, and what came along. */
export type Visitor = {
  id: string;
  person?: { name: string; sub: string };
  messages: Message[];
  listeners: Set<Told>;
  pages: Page[];
  touch?: Touch;
  consent?: { version: string; at: number };
  forms: FormValue[][];
  presses: { message: string; data: string }[];
  got: string[];
  typed: number;
};

/** What a browser reports of a visit. */
export type Report = { guest: string; token?: string; withdraw?: boolean; visit?: { id: string; from: string; device: string; marks: Record<string, string>; steps: { id: string; kind: string; path: string; title?: string; seconds?: number; name?: string; left?: Record<string, string> }[] } };

/** What a test may make go wrong. */
export type Faults = { sockets?: boolean; acks?: boolean; nack?: string; slow?: number; uploads?: number; visits?: number };

/**
 * `lapsed`: tokens and JWTs of persons whom the site vouches for no longer; `ends` are told of such a person. `jwts`: whom each has brought. `sites`: allowed origins, all where there are
 * none; `stoodOn`: what was said of the site, by every call that says it.
 */
export type Account = {
  config: Partial<Config>; office: Office; visitors: Map<string, Visitor>; tokens: Map<string, Visitor>; everybody: Set<Told>; faults: Faults;
  visits: Report[]; lapsed: Set<string>; jwts: Map<string, Visitor>; ends: Set<(visitor: Visitor) => void>; sites?: string[]; stoodOn: string[];
};

/** As far ahead of the gateway's clock as a message may say that it was written. */
const AHEAD_MS = 23 * 3_600_000;

/** The gateway's memory: everything of it is gone with the process. */
export class World {
  readonly accounts = new Map<string, Account>();
  readonly uploads = new Map<string, Upload>();
  #clock = 0;

  account(id: string): Account | undefined {
    return this.accounts.get(id);
  }

  add(config: Partial<Config>, id: string = randomUUID()): string {
    const office = config.office ?? { open: true, online: 2, reply_seconds: 300 };
    this.accounts.set(id, { config: { v: 1, account: id, ...config }, office, visitors: new Map(), tokens: new Map(), everybody: new Set(), faults: {}, visits: [], lapsed: new Set(), jwts: new Map(), ends: new Set(), stoodOn: [] });
    return id;
  }

  visitor(account: Account, jwt?: string): { visitor: Visitor; token: string } | undefined {
    const person = jwt && !account.lapsed.has(jwt) ? verified(jwt) : undefined;
    if (jwt && !person) return undefined;
    const known = person && [...account.visitors.values()].find((one) => one.person?.sub === person.sub);
    const visitor = known ?? { id: randomUUID(), person, messages: [], listeners: new Set(), pages: [], forms: [], presses: [], got: [], typed: 0 };
    account.visitors.set(visitor.id, visitor);
    if (jwt) account.jwts.set(jwt, visitor);
    return { visitor, token: this.token(account, visitor) };
  }

  token(account: Account, visitor: Visitor): string {
    const token = randomUUID();
    account.tokens.set(token, visitor);
    return token;
  }

  /** The site vouches for this person no longer: their tokens open nothing, and who is here is told. */
  lapse(account: Account, visitor: Visitor): void {
    for (const [said, of] of [...account.tokens, ...account.jwts]) if (of === visitor) account.lapsed.add(said);
    for (const end of [...account.ends]) end(visitor);
  }

  /** Whether a frame may stand on this site. */
  allows(account: Account, site: string | undefined): boolean {
    if (site) account.stoodOn.push(site);
    return !site || !account.sites || account.sites.includes(site);
  }

  /** The answer to a report; who takes consent back leaves nothing. */
  report(account: Account, text: string): number {
    if (account.faults.visits) return account.faults.visits;
    const report = JSON.parse(text) as Report;
    account.visits = report.withdraw ? account.visits.filter(({ guest }) => guest !== report.guest) : [...account.visits, report];
    return 204;
  }

  /** Whether a message may be taken at all. */
  takes({ at, text, files, form, press }: Msg): boolean {
    return at >= 0 && at <= Date.now() + AHEAD_MS && !!(text?.trim() || files?.length || form?.length || press);
  }

  /** A message of the visitor's; the same id twice is one message. `writer` knows of it already. */
  take(visitor: Visitor, msg: Msg, writer: Told): void {
    if (visitor.messages.some(({ client }) => client === msg.id)) return;
    const files = (msg.files ?? []).flatMap((id) => this.file(id));
    this.put(visitor, { id: randomUUID(), client: msg.id, own: false, text: msg.text ?? "", files, form: msg.form, at: this.now() }, writer);
    if (msg.form) visitor.forms.push(msg.form);
    if (msg.touch) visitor.touch = msg.touch;
    if (msg.page) visitor.pages.push(msg.page);
    if (msg.press) visitor.presses.push(msg.press);
  }

  /** A message of staff's. */
  reply(visitor: Visitor, said: Partial<Message> & { text: string }): Message {
    return this.put(visitor, { id: randomUUID(), own: true, author: "Анна", files: [], at: this.now(), ...said });
  }

  put(visitor: Visitor, message: Message, except?: Told): Message {
    visitor.messages = [...visitor.messages.filter(({ id }) => id !== message.id), message].sort((a, b) => a.at - b.at);
    this.tell(visitor, { t: "message", message }, except);
    return message;
  }

  tell(visitor: Visitor, frame: ServerFrame, except?: Told): void {
    for (const told of visitor.listeners) if (told !== except) told(frame);
  }

  file(id: string): File[] {
    const upload = this.uploads.get(id);
    return upload ? [{ id, kind: upload.kind, name: upload.name, mime: upload.mime, size: upload.bytes.length, w: upload.w, h: upload.h, ms: upload.ms, url: `webchat/files/${id}` }] : [];
  }

  /** The link runs out, and another takes its place. */
  relink(url: string): string {
    const old = url.split("/").at(-1) ?? "";
    const upload = this.uploads.get(old);
    if (!upload) return url;
    const id = randomUUID();
    this.uploads.delete(old);
    this.uploads.set(id, upload);
    return `webchat/files/${id}`;
  }

  /** Time that never stands still, so that the order of messages is that of their making. */
  now(): number {
    this.#clock = Math.max(Date.now(), this.#clock + 1);
    return this.#clock;
  }
}

function sign(text: string): string {
  return createHmac("sha256", SECRET).update(text).digest("base64url");
}

/** A JWT as a site would make it. */
export function jwtOf(claims: Record<string, unknown>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${body}.${sign(body)}`;
}

function verified(jwt: string): { sub: string; name: string } | undefined {
  const [head = "", body = "", mark = ""] = jwt.split(".");
  const right = Buffer.from(sign(`${head}.${body}`));
  const given = Buffer.from(mark);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as { sub: string; name?: string; exp: number };
  return claims.exp * 1000 > Date.now() ? { sub: claims.sub, name: claims.name ?? "" } : undefined;
}
