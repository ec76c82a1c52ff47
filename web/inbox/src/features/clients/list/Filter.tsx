import { Suspense } from "react";
import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { Flag } from "../fields/controls.tsx";
import { type ClientQuery, type Facet, NOBODY } from "../query.ts";
import { useNames } from "../useSay.ts";
import { type Choice, IMPORTANCES, RELATIONS, SOLVENCIES, STATUSES } from "../words.ts";
import { OwnFilters } from "./parts.ts";

type FacetItems = { name: Facet; label: string; items: { id: string; name: string }[] };

const CHOICES: readonly (readonly [Facet, Key, readonly Choice[]])[] = [
  ["status", "client.field.workStatus", STATUSES],
  ["importance", "client.field.importance", IMPORTANCES],
  ["relation", "client.field.relations", RELATIONS],
  ["solvency", "client.field.solvency", SOLVENCIES],
];

const ENTRIES: readonly (readonly [Facet, Key, DirectoryKind])[] = [
  ["tag", "client.field.tagIds", DirectoryKind.TAG],
  ["region", "client.field.regionId", DirectoryKind.REGION],
  ["industry", "client.field.industryId", DirectoryKind.INDUSTRY],
  ["segment", "client.field.segmentId", DirectoryKind.SEGMENT],
  ["holding", "client.field.holdingId", DirectoryKind.HOLDING],
];

/** Everything that can narrow the list, with what there is to choose. */
export function useFacets(): FacetItems[] {
  const { directories, employees, levels } = useNames();
  const byName = collator();
  const people = [...employees.values()].filter((one) => !one.dismissed).sort((a, b) => byName.compare(a.name, b.name));
  return [
    { name: "responsible", label: t("client.field.responsibleEmployeeId"), items: [{ id: NOBODY, name: t("clients.nobody") }, ...people.map((one) => ({ id: one.employeeId, name: one.name }))] },
    ...CHOICES.map(([name, label, choices]) => ({ name, label: t(label), items: choices.map(([value, word]) => ({ id: String(value), name: t(word) })) })),
    ...ENTRIES.map(([name, label, kind]) => ({ name, label: t(label), items: directories.of(kind).map((entry) => ({ id: entry.entryId, name: entry.name })) })),
    { name: "level", label: t("client.field.accessLevelIds"), items: levels.filter((level) => !level.archived).map((level) => ({ id: level.accessLevelId, name: level.name })) },
  ];
}

/** One fold for each attribute; values of one are alternatives. */
export function Filter({ query, onQuery }: { query: ClientQuery; onQuery: (query: ClientQuery) => void }) {
  const facets = useFacets().filter(({ items }) => items.length > 0);
  return (
    <div className={sheet.flyout}>
      {facets.map(({ name, label, items }) => {
        const chosen = query.values[name];
        return (
          <details key={name} className={sheet.facet} open={chosen.length > 0 || undefined}>
            <summary>
              {label}
              {chosen.length > 0 && <span className={css.muted}> · {chosen.length}</span>}
            </summary>
            <Checks label={label} items={items} chosen={chosen} onChange={(values) => onQuery({ ...query, values: { ...query.values, [name]: values } })} />
          </details>
        );
      })}
      <Suspense>
        <OwnFilters own={query.own} onOwn={(own) => onQuery({ ...query, own })} />
      </Suspense>
      <Flag label={t("clients.onlyArchived")} checked={query.archived} onChange={(archived) => onQuery({ ...query, archived })} />
    </div>
  );
}
