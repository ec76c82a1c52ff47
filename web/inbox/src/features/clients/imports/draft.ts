import { ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Import, ImportDoubles, type ImportMappingSchema, ImportRowKind } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ofContacts, takesMany } from "./words.ts";

/** A mapping while it is chosen. */
export type Draft = {
  /** Targets by their columns; a column that is not loaded has none. */
  targets: Readonly<Record<number, string>>;
  heading: boolean;
  kind: ClientKind;
  responsible: string;
  tagIds: readonly string[];
  doubles: ImportDoubles;
  skipUnknown: boolean;
  rowKind: ImportRowKind;
  knownClientsOnly: boolean;
};

export function draftOf({ mapping }: Pick<Import, "mapping">): Draft {
  return {
    targets: Object.fromEntries(mapping?.columns.map(({ column, target }) => [column, target]) ?? []),
    heading: mapping?.heading ?? false,
    kind: mapping?.kind ?? ClientKind.UNSPECIFIED,
    responsible: mapping?.responsibleEmployeeId ?? "",
    tagIds: mapping?.tagIds ?? [],
    doubles: mapping?.doubles || ImportDoubles.LEAVE_OUT,
    skipUnknown: mapping?.skipUnknown ?? false,
    rowKind: mapping?.rowKind || ImportRowKind.CLIENT,
    knownClientsOnly: mapping?.knownClientsOnly ?? false,
  };
}

/** The same for the server. What this page does not offer stays as it was. */
export function mappingOf(draft: Draft, known: Import["mapping"]): MessageInitShape<typeof ImportMappingSchema> {
  return {
    columns: Object.entries(draft.targets).map(([column, target]) => ({ column: Number(column), target })),
    heading: draft.heading,
    kind: draft.kind,
    responsibleEmployeeId: draft.responsible,
    relations: known?.relations ?? [],
    tagIds: [...draft.tagIds],
    accessLevelIds: known?.accessLevelIds ?? [],
    doubles: draft.doubles,
    skipUnknown: draft.skipUnknown,
    rowKind: draft.rowKind,
    knownClientsOnly: draft.knownClientsOnly,
  };
}

/** The column goes there; a place that takes only one is taken from whoever had it. */
export function withTarget(draft: Draft, column: number, target: string): Draft {
  const others = Object.entries(draft.targets).filter(([other, known]) => Number(other) !== column && (known !== target || takesMany(target)));
  return { ...draft, targets: Object.fromEntries(target ? [...others, [column, target]] : others) };
}

const CONTACT = "contact.";

/** Rows are something else from now on: columns mean what the server takes them for, or the same of a client. */
export function withRows(draft: Draft, { contactColumns, targets }: Pick<Import, "contactColumns" | "targets">, rowKind: ImportRowKind): Draft {
  if (rowKind === draft.rowKind) return draft;
  const guessed = contactColumns.map(({ column, target }) => [column, target] as const);
  const taken = new Set<string>();
  const bare = Object.entries(draft.targets).flatMap(([column, target]) => {
    const own = target.startsWith(CONTACT) && targets.includes(target.slice(CONTACT.length)) ? target.slice(CONTACT.length) : target;
    const free = takesMany(own) || !taken.has(own);
    taken.add(own);
    return free ? [[Number(column), own] as const] : [];
  });
  return { ...draft, rowKind, targets: Object.fromEntries(ofContacts({ rowKind }) ? guessed : bare) };
}

const NAMES = ["name", "surname", "given_name", "patronymic"];

/** Whether some column makes a name, and of contacts also says whose they are. */
export function hasName({ targets, rowKind }: Draft): boolean {
  const has = (...names: string[]): boolean => Object.values(targets).some((target) => names.includes(target));
  return ofContacts({ rowKind }) ? has(...NAMES.map((name) => CONTACT + name)) && has(...NAMES, "inn") : has(...NAMES);
}
