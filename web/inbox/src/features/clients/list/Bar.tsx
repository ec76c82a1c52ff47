import { Button } from "@mantine/core";
import { IconColumns3, IconFilter, IconSearch, IconX } from "@tabler/icons-react";
import { useRef } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import type { CustomField } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import { setPreference } from "../../../rpc/preferences.ts";
import { Flyout } from "../../../ui/Flyout.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import list from "../../../ui/list/list.module.css";
import { useTyped } from "../../../ui/list/useTyped.ts";
import { day } from "../day.ts";
import { type Own, withOwn } from "../own.ts";
import { type ClientQuery, isNarrowed, type KindName, type Order, ORDER_NAMES, widest } from "../query.ts";
import { COLUMN_NAMES, type ColumnName, COLUMNS, toPreference } from "./columns.tsx";
import { type Names, useNames } from "../useSay.ts";
import { Filter, useFacets } from "./Filter.tsx";
import { Views } from "./Views.tsx";

type Props = { query: ClientQuery; columns: readonly ColumnName[]; onQuery: (query: ClientQuery) => void };

/** Search, what narrows the list, its order and its columns. */
export function Bar({ query, columns, onQuery }: Props) {
  return (
    <div className={list.bar} role="search">
      <SearchField value={query.text} onSearch={(text) => onQuery({ ...query, text })} />
      <select className={list.control} aria-label={t("client.field.kind")} value={query.kind ?? ""} onChange={({ target }) => onQuery({ ...query, kind: (target.value || undefined) as KindName | undefined })}>
        <option value="">{t("clients.everyKind")}</option>
        <option value="company">{t("clients.companies")}</option>
        <option value="person">{t("clients.persons")}</option>
      </select>
      <Flyout label={t("clients.filter")} place="bottom-start" width={320} content={() => <Filter query={query} onQuery={onQuery} />}>
        {(button) => (
          <Button variant="default" leftSection={<IconFilter size={16} stroke={1.75} aria-hidden="true" />} {...button}>
            {t("clients.filter")}
          </Button>
        )}
      </Flyout>
      <select className={list.control} aria-label={t("clients.order")} value={query.order} onChange={({ target }) => onQuery({ ...query, order: target.value as Order })}>
        {ORDER_NAMES.map((order) => (
          <option key={order} value={order}>
            {t(`clients.order.${order}`)}
          </option>
        ))}
      </select>
      <Views query={query} onQuery={onQuery} />
      <span className={css.desktop}>
        <Flyout label={t("clients.columns")} place="bottom-end" width={260} content={() => <Columns columns={columns} />}>
          {(button) => (
            <IconButton label={t("clients.columns")} {...button}>
              <IconColumns3 size={20} stroke={1.75} aria-hidden="true" />
            </IconButton>
          )}
        </Flyout>
      </span>
      <Chosen query={query} onQuery={onQuery} />
    </div>
  );
}

function SearchField({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useTyped(value, onSearch);
  const field = useRef<HTMLInputElement>(null);
  useCommand("app.search", () => field.current?.focus());
  return (
    <div className={list.search}>
      <IconSearch size={16} stroke={1.75} aria-hidden="true" />
      <input ref={field} type="search" aria-label={t("clients.search")} placeholder={t("clients.searchHint")} title={keyOf("app.search")} value={typed} onChange={(event) => setTyped(event.target.value)} />
    </div>
  );
}

function Columns({ columns }: { columns: readonly ColumnName[] }) {
  return (
    <div className={sheet.flyout}>
      <Checks label={t("clients.columns")} items={COLUMN_NAMES.map((name) => ({ id: name, name: t(COLUMNS[name].label) }))} chosen={columns} onChange={(chosen) => setPreference("clients_columns", toPreference(chosen as ColumnName[]))} />
    </div>
  );
}

/** A condition in a few characters. */
function ownChip({ test }: Own, field: CustomField | undefined, { named }: Names): string {
  switch (test.kind) {
    case "part":
      return `«${test.text}»`;
    case "number":
    case "date": {
      const say = (value: string): string => (test.kind === "date" ? day(value) : Number(value).toLocaleString(document.documentElement.lang));
      if (test.from && test.to) return `${say(test.from)} – ${say(test.to)}`;
      return test.from ? `≥ ${say(test.from)}` : `≤ ${say(test.to)}`;
    }
    case "yes":
      return t(test.is ? "clients.yes" : "clients.no");
    case "filled":
      return t(test.is ? "clients.ownFilled" : "clients.ownEmpty");
    default:
      return test.ids.map((id) => field?.options.find(({ optionId }) => optionId === id)?.name ?? (named(id) || "…")).join(", ");
  }
}

/** What narrows the list, each with a press to take it away. */
function Chosen({ query, onQuery }: Pick<Props, "query" | "onQuery">) {
  const facets = useFacets();
  const names = useNames();
  const { named } = names;
  if (!isNarrowed({ ...query, text: "", kind: undefined })) return null;
  const chips = facets.flatMap((facet) =>
    query.values[facet.name].map((value) => ({
      label: `${facet.label}: ${facet.items.find(({ id }) => id === value)?.name ?? (named(value) || "…")}`,
      without: { ...query, values: { ...query.values, [facet.name]: query.values[facet.name].filter((other) => other !== value) } },
    })),
  );
  for (const one of query.own) {
    const field = names.fields.find(({ fieldId }) => fieldId === one.fieldId);
    chips.push({ label: `${field?.name ?? "…"}: ${ownChip(one, field, names)}`, without: { ...query, own: withOwn(query.own, one.fieldId, undefined) } });
  }
  if (query.archived) chips.push({ label: t("clients.inArchive"), without: { ...query, archived: false } });
  return (
    <ul className={list.chosen} aria-label={t("clients.chosen")}>
      {chips.map(({ label, without }) => (
        <li key={label} className={list.tag}>
          {label}
          <IconButton small label={t("form.removeRow", { name: label })} onClick={() => onQuery(without)}>
            <IconX size={14} stroke={2} aria-hidden="true" />
          </IconButton>
        </li>
      ))}
      <li>
        <Button variant="subtle" size="compact-sm" onClick={() => onQuery(widest(query))}>
          {t("clients.reset")}
        </Button>
      </li>
    </ul>
  );
}
