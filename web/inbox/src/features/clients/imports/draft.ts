import { ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Import, ImportDoubles, type ImportMappingSchema } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { takesMany } from "./words.ts";

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
  };
}

/** The column goes there; a place that takes only one is taken from whoever had it. */
export function withTarget(draft: Draft, column: number, target: string): Draft {
  const others = Object.entries(draft.targets).filter(([other, known]) => Number(other) !== column && (known !== target || takesMany(target)));
  return { ...draft, targets: Object.fromEntries(target ? [...others, [column, target]] : others) };
}

const NAMES = new Set(["name", "surname", "given_name", "patronymic"]);

/** Whether some column makes a name. */
export function hasName({ targets }: Draft): boolean {
  return Object.values(targets).some((target) => NAMES.has(target));
}
