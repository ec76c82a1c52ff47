import { Button } from "@mantine/core";
import { IconFilter, IconSearch, IconX } from "@tabler/icons-react";
import { useRef } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { collator } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Flyout } from "../../../ui/Flyout.tsx";
import { Checks } from "../../../ui/form/Checks.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import list from "../../../ui/list/list.module.css";
import { useTyped } from "../../../ui/list/useTyped.ts";
import sheet from "../../../ui/sheet.module.css";
import { day } from "../day.ts";
import css from "./feed.module.css";
import { EVERYTHING, type FeedQuery, isNarrowed, KIND_NAMES, type KindName } from "./query.ts";

type Props = { query: FeedQuery; onQuery: (query: FeedQuery) => void };

/** What narrows the feed; plans stay in sight. */
export function Bar({ query, onQuery }: Props) {
  return (
    <div className={list.bar} role="search" aria-label={t("feed.title")}>
      <SearchField value={query.words} onSearch={(words) => onQuery({ ...query, words })} />
      <Flyout label={t("feed.filter")} place="bottom-end" width={300} content={() => <Filter query={query} onQuery={onQuery} />}>
        {(button) => (
          <Button variant="default" leftSection={<IconFilter size={16} stroke={1.75} aria-hidden="true" />} {...button}>
            {t("feed.filter")}
          </Button>
        )}
      </Flyout>
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
      <input ref={field} type="search" maxLength={200} aria-label={t("feed.search")} placeholder={t("feed.search")} title={keyOf("app.search")} value={typed} onChange={(event) => setTyped(event.target.value)} />
    </div>
  );
}

function usePeople(): { id: string; name: string }[] {
  const byName = collator();
  return [...useEmployees().values()].map(({ employeeId, name }) => ({ id: employeeId, name })).sort((a, b) => byName.compare(a.name, b.name));
}

function Filter({ query, onQuery }: Props) {
  const people = usePeople();
  return (
    <div className={sheet.flyout}>
      <Checks label={t("feed.kinds")} items={KIND_NAMES.map((kind) => ({ id: kind, name: t(`feed.kind.${kind}`) }))} chosen={query.kinds} onChange={(kinds) => onQuery({ ...query, kinds: kinds as KindName[] })} />
      <fieldset className={css.period}>
        <legend>{t("feed.period")}</legend>
        <label>
          {t("feed.from")}
          <input type="date" className={list.control} max={query.until || undefined} value={query.from} onChange={({ target }) => onQuery({ ...query, from: target.value })} />
        </label>
        <label>
          {t("feed.until")}
          <input type="date" className={list.control} min={query.from || undefined} value={query.until} onChange={({ target }) => onQuery({ ...query, until: target.value })} />
        </label>
      </fieldset>
      <details className={sheet.facet} open={query.people.length > 0 || undefined}>
        <summary>{t("feed.people")}</summary>
        <Checks label={t("feed.people")} items={people} chosen={query.people} onChange={(chosen) => onQuery({ ...query, people: chosen })} />
      </details>
    </div>
  );
}

/** What narrows it, each with a press to take it away. */
function Chosen({ query, onQuery }: Props) {
  const people = usePeople();
  const chips = [
    ...query.kinds.map((kind) => ({ label: t(`feed.kind.${kind}`), without: { ...query, kinds: query.kinds.filter((one) => one !== kind) } })),
    ...query.people.map((id) => ({ label: people.find((one) => one.id === id)?.name ?? "…", without: { ...query, people: query.people.filter((one) => one !== id) } })),
    ...(query.from ? [{ label: t("feed.since", { day: day(query.from) }), without: { ...query, from: "" } }] : []),
    ...(query.until ? [{ label: t("feed.to", { day: day(query.until) }), without: { ...query, until: "" } }] : []),
  ];
  if (chips.length === 0) return null;
  return (
    <ul className={list.chosen} aria-label={t("feed.chosen")}>
      {chips.map(({ label, without }) => (
        <li key={label} className={list.tag}>
          {label}
          <IconButton small label={t("form.removeRow", { name: label })} onClick={() => onQuery(without)}>
            <IconX size={14} stroke={2} aria-hidden="true" />
          </IconButton>
        </li>
      ))}
      {isNarrowed(query) && (
        <li>
          <Button variant="subtle" size="compact-sm" onClick={() => onQuery({ ...EVERYTHING, words: query.words })}>
            {t("feed.reset")}
          </Button>
        </li>
      )}
    </ul>
  );
}
