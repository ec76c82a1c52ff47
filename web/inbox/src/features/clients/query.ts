import type { MessageInitShape } from "@bufbuild/protobuf";
import { type ClientFilterSchema, ClientKind, ClientOrder, type ClientRelation, type Importance, type Solvency, type WorkStatus } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { customFilters, type Own, ownOf, ownText } from "./own.ts";

// What of the list stands in the address: a copied link shows the same to whoever may see it.

/** Attributes of which several values may be chosen; the address joins them by commas. */
export const FACETS = ["responsible", "tag", "industry", "segment", "region", "holding", "importance", "status", "solvency", "relation", "level"] as const;
export type Facet = (typeof FACETS)[number];

/** Beside the people of the facet "responsible": those that nobody is responsible for. */
export const NOBODY = "none";

const ORDERS = { name: ClientOrder.NAME, created: ClientOrder.CREATED, updated: ClientOrder.UPDATED, potential: ClientOrder.POTENTIAL } as const;
export type Order = keyof typeof ORDERS;
export const ORDER_NAMES = Object.keys(ORDERS) as Order[];

const KINDS = { company: ClientKind.COMPANY, person: ClientKind.PERSON } as const;
export type KindName = keyof typeof KINDS;

export type ClientQuery = {
  text: string;
  kind: KindName | undefined;
  values: Readonly<Record<Facet, readonly string[]>>;
  /** Conditions on fields of one's own, all of them. */
  own: readonly Own[];
  archived: boolean;
  order: Order;
};

export type ClientSearch = Partial<Record<Facet | "q" | "kind" | "own" | "order" | "archived", string | true | undefined>>;

/** Shorter texts are not searched for. */
const SHORTEST = 2;

export function readQuery(raw: Readonly<Record<string, unknown>>): ClientQuery {
  const text = (name: string): string => (typeof raw[name] === "string" ? raw[name] : typeof raw[name] === "number" ? String(raw[name]) : "");
  const kind = text("kind");
  const order = text("order");
  return {
    text: text("q"),
    kind: Object.hasOwn(KINDS, kind) ? (kind as KindName) : undefined,
    values: Object.fromEntries(FACETS.map((name) => [name, text(name).split(",").filter(Boolean)])) as unknown as ClientQuery["values"],
    own: ownOf(text("own")),
    archived: raw["archived"] === true,
    order: Object.hasOwn(ORDERS, order) ? (order as Order) : "name",
  };
}

export function searchOf(query: ClientQuery): ClientSearch {
  return {
    q: query.text || undefined,
    kind: query.kind,
    ...Object.fromEntries(FACETS.map((name) => [name, query.values[name].join(",") || undefined])),
    own: ownText(query.own) || undefined,
    archived: query.archived || undefined,
    order: query.order === "name" ? undefined : query.order,
  };
}

/** The same as the server is asked. */
export function filterOf({ text, kind, values, own, archived }: ClientQuery): MessageInitShape<typeof ClientFilterSchema> {
  const numbers = <T extends number>(name: Facet): T[] => values[name].map(Number).filter((value) => value > 0) as T[];
  const words = text.trim();
  return {
    query: words.length < SHORTEST ? "" : words,
    kind: kind ? KINDS[kind] : ClientKind.UNSPECIFIED,
    responsibleEmployeeIds: values.responsible.filter((id) => id !== NOBODY),
    withoutResponsible: values.responsible.includes(NOBODY),
    tagIds: [...values.tag],
    industryIds: [...values.industry],
    segmentIds: [...values.segment],
    regionIds: [...values.region],
    holdingIds: [...values.holding],
    importances: numbers<Importance>("importance"),
    workStatuses: numbers<WorkStatus>("status"),
    solvencies: numbers<Solvency>("solvency"),
    relations: numbers<ClientRelation>("relation"),
    accessLevelIds: [...values.level],
    custom: customFilters(own),
    archived,
  };
}

export function orderOf({ order }: ClientQuery): ClientOrder {
  return ORDERS[order];
}

export function isNarrowed({ text, kind, values, own, archived }: ClientQuery): boolean {
  return text !== "" || kind !== undefined || archived || own.length > 0 || FACETS.some((name) => values[name].length > 0);
}

/** Everything, in the same order. */
export function widest(query: ClientQuery): ClientQuery {
  return { ...readQuery({}), order: query.order };
}
