import type { MessageInitShape } from "@bufbuild/protobuf";
import { type AccessFilterSchema, AccessKind } from "../../../gen/okno/org/v1/access_pb.ts";
import { stampOf } from "../feed/time.ts";

// What narrows the log stands in the address. Two services keep it: of cards, and of dialogs.

const WHAT = {
  cards: { crm: [AccessKind.CLIENT, AccessKind.CONTACT, AccessKind.LEAD], inbox: [] },
  dialogs: { crm: [], inbox: [AccessKind.CONVERSATION] },
  files: { crm: [], inbox: [AccessKind.FILE, AccessKind.LETTER_ORIGINAL, AccessKind.DEAD_LETTER] },
  lists: { crm: [AccessKind.LIST], inbox: [AccessKind.LIST] },
  exports: { crm: [AccessKind.CLIENT_EXPORT, AccessKind.PERSONAL_EXPORT], inbox: [] },
} as const satisfies Record<string, Record<Service, readonly AccessKind[]>>;

export type Service = "crm" | "inbox";
export type What = keyof typeof WHAT;
export const WHATS = Object.keys(WHAT) as What[];

export type AccessQuery = {
  client: string;
  employee: string;
  what: What | "";
  /** Days of the reader, ISO; both are part of the period. */
  from: string;
  until: string;
};

export type AccessSearch = Partial<Record<keyof AccessQuery, string | undefined>>;

const DAY = /^\d{4}-\d{2}-\d{2}$/u;

export function readAccesses(raw: AccessSearch): AccessQuery {
  const day = (text = ""): string => (DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : "");
  const [from, until] = [day(raw.from), day(raw.until)];
  return {
    client: raw.client ?? "",
    employee: raw.employee ?? "",
    what: WHATS.find((one) => one === raw.what) ?? "",
    from,
    until: from && until && until < from ? from : until,
  };
}

export function accessSearch({ client, employee, what, from, until }: AccessQuery): AccessSearch {
  return { client: client || undefined, employee: employee || undefined, what: what || undefined, from: from || undefined, until: until || undefined };
}

/** What a service is asked; nothing where it keeps nothing of the kind. */
export function accessFilter({ client, employee, what, from, until }: AccessQuery, service: Service): MessageInitShape<typeof AccessFilterSchema> | undefined {
  const kinds = what ? WHAT[what][service] : [];
  if (what && kinds.length === 0) return undefined;
  return { clientId: client, employeeId: employee, kinds: [...kinds], ...(from && { from: stampOf(from, 0) }), ...(until && { until: stampOf(until, 1) }) };
}

export function isNarrowed({ client, employee, what, from, until }: AccessQuery): boolean {
  return [client, employee, what, from, until].some(Boolean);
}
