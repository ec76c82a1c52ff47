import type { Lead } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import { useChannels } from "../fields.tsx";
import sheet from "../../../ui/sheet.module.css";
import { type LeadQuery, NOBODY } from "../query.ts";

type Props = { query: LeadQuery; found: readonly Lead[]; onQuery: (query: LeadQuery) => void };

/** One fold for each attribute; values of one are alternatives. */
export function Filter({ query, found, onQuery }: Props) {
  const employees = useEmployees();
  const byName = collator();
  const people = [...employees.values()].filter((one) => !one.dismissed).sort((a, b) => byName.compare(a.name, b.name));
  const sources = [...new Set([...query.sources, ...found.map(({ source }) => source)])].filter(Boolean).sort(byName.compare);
  const folds = [
    { label: t("leads.field.responsibleEmployeeId"), items: people.map((one) => ({ id: one.employeeId, name: one.name })), chosen: query.people, set: (ids: string[]) => ({ ...query, people: [...query.people.filter((id) => id === NOBODY), ...ids] }) },
    { label: t("leads.field.channel"), items: useChannels(query.channels).map(([id, name]) => ({ id, name })), chosen: query.channels, set: (channels: string[]) => ({ ...query, channels }) },
    { label: t("leads.field.source"), items: sources.map((name) => ({ id: name, name })), chosen: query.sources, set: (chosen: string[]) => ({ ...query, sources: chosen }) },
  ];
  return (
    <div className={sheet.flyout}>
      {folds
        .filter(({ items }) => items.length > 0)
        .map(({ label, items, chosen, set }) => (
          <details key={label} className={sheet.facet} open={chosen.length > 0 || undefined}>
            <summary>{label}</summary>
            <Checks label={label} items={items} chosen={chosen} onChange={(ids) => onQuery(set(ids))} />
          </details>
        ))}
    </div>
  );
}
