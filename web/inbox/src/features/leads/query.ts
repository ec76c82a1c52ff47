import type { MessageInitShape } from "@bufbuild/protobuf";
import { type LeadFilterSchema, LeadOrder, LeadState } from "../../gen/okno/crm/v1/lead_service_pb.ts";

// What of the list stands in the address: a copied link shows the same to whoever may see it.

export const STATES = { new: LeadState.NEW, repeated: LeadState.REPEATED, converted: LeadState.CONVERTED, processed: LeadState.REPEATED_PROCESSED, declined: LeadState.DECLINED } as const;
export type StateName = keyof typeof STATES;
export const STATE_NAMES = Object.keys(STATES) as StateName[];

/** On which somebody has to work: what the list begins with. */
const OPEN: readonly StateName[] = ["new", "repeated"];

/** Beside people: those that nobody is responsible for. */
export const NOBODY = "none";

/** After how many days of silence nobody seems to work on a lead. */
export const SILENT_DAYS = [3, 7, 14, 30, 60] as const;

const ORDERS = { created: LeadOrder.CREATED, active: LeadOrder.ACTIVE, score: LeadOrder.SCORE } as const;
export type Order = keyof typeof ORDERS;
export const ORDER_NAMES = Object.keys(ORDERS) as Order[];

export type LeadQuery = {
  text: string;
  states: readonly StateName[];
  people: readonly string[];
  channels: readonly string[];
  sources: readonly string[];
  /** Untouched for so many days; 0: never mind. */
  silent: number;
  order: Order;
};

export type LeadSearch = { [name in "q" | "state" | "who" | "channel" | "source" | "order"]?: string | undefined } & { silent?: number | undefined };

/** Shorter texts are not searched for. */
const SHORTEST = 2;
const DAY = 86_400_000;
const HOUR = 3_600_000;

export function readQuery(raw: Readonly<Record<string, unknown>>): LeadQuery {
  const text = (name: string): string => (typeof raw[name] === "string" ? raw[name] : typeof raw[name] === "number" ? String(raw[name]) : "");
  const list = (name: string): string[] => text(name).split(",").filter(Boolean);
  const days = Number(raw["silent"]);
  const order = text("order");
  return {
    text: text("q"),
    states: text("state") === "" ? OPEN : STATE_NAMES.filter((name) => list("state").includes(name)),
    people: list("who"),
    channels: list("channel"),
    sources: sourcesOf(text("source")),
    silent: Number.isInteger(days) && days > 0 && days <= 3_650 ? days : 0,
    order: Object.hasOwn(ORDERS, order) ? (order as Order) : "created",
  };
}

export function searchOf(query: LeadQuery): LeadSearch {
  const states = query.states.join(",");
  return {
    q: query.text || undefined,
    state: states === OPEN.join(",") ? undefined : states || "all",
    who: query.people.join(",") || undefined,
    channel: query.channels.join(",") || undefined,
    source: query.sources.length > 0 ? JSON.stringify(query.sources) : undefined,
    silent: query.silent || undefined,
    order: query.order === "created" ? undefined : query.order,
  };
}

/** Sources are free text, with commas too. */
function sourcesOf(text: string): string[] {
  try {
    const found: unknown = JSON.parse(text || "[]");
    return Array.isArray(found) ? found.filter((one): one is string => typeof one === "string" && one !== "") : [];
  } catch {
    return [];
  }
}

/** The same as the server is asked. `now` counts in whole hours, or each look would be another question. */
export function filterOf({ text, states, people, channels, sources, silent }: LeadQuery, now: number): MessageInitShape<typeof LeadFilterSchema> {
  const words = text.trim();
  const since = Math.floor(now / HOUR) * HOUR - silent * DAY;
  return {
    query: words.length < SHORTEST ? "" : words,
    states: states.map((name) => STATES[name]),
    responsibleEmployeeIds: people.filter((id) => id !== NOBODY),
    withoutResponsible: people.includes(NOBODY),
    channels: [...channels],
    sources: [...sources],
    ...(silent > 0 ? { untouchedSince: { seconds: BigInt(since / 1000), nanos: 0 } } : {}),
  };
}

export function orderOf({ order }: LeadQuery): LeadOrder {
  return ORDERS[order];
}

/** Narrower than what the list begins with. */
export function isNarrowed(query: LeadQuery): boolean {
  return JSON.stringify(searchOf({ ...query, order: "created" })) !== "{}";
}

/** What the list begins with, in the same order. */
export function widest(query: LeadQuery): LeadQuery {
  return { ...readQuery({}), order: query.order };
}

export function toggled<T>(all: readonly T[], one: T): T[] {
  return all.includes(one) ? all.filter((other) => other !== one) : [...all, one];
}
