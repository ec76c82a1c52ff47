import { Button } from "@mantine/core";
import { IconFilter, IconSearch, IconX } from "@tabler/icons-react";
import { useRef } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import type { Lead } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { Flyout } from "../../../ui/Flyout.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import list from "../../../ui/list/list.module.css";
import { useTyped } from "../../../ui/list/useTyped.ts";
import css from "../leads.module.css";
import { isNarrowed, type LeadQuery, NOBODY, type Order, ORDER_NAMES, SILENT_DAYS, STATE_NAMES, STATES, toggled, widest } from "../query.ts";
import { stateWord } from "../words.ts";
import { Filter } from "./Filter.tsx";

type Props = { query: LeadQuery; /** What is loaded: its sources are offered. */ found: readonly Lead[]; onQuery: (query: LeadQuery) => void };

/** States and whose as chips, search, what else narrows the list, and its order. */
export function Bar({ query, found, onQuery }: Props) {
  const me = useEmployeeId();
  const whose = (id: string, label: string) => (
    <Toggle key={id} label={label} on={query.people.includes(id)} onPress={() => onQuery({ ...query, people: toggled(query.people, id) })} />
  );
  return (
    <div className={list.bar} role="search">
      <div className={css.toggles} role="group" aria-label={t("leads.field.state")}>
        {STATE_NAMES.map((name) => (
          <Toggle key={name} label={stateWord(STATES[name])} on={query.states.includes(name)} onPress={() => onQuery({ ...query, states: STATE_NAMES.filter((one) => toggled(query.states, name).includes(one)) })} />
        ))}
      </div>
      <div className={css.toggles} role="group" aria-label={t("leads.field.responsibleEmployeeId")}>
        {whose(me, t("leads.mine"))}
        {whose(NOBODY, t("leads.nobodys"))}
      </div>
      <SearchField value={query.text} onSearch={(text) => onQuery({ ...query, text })} />
      <select className={list.control} aria-label={t("leads.untouched")} value={query.silent} onChange={({ target }) => onQuery({ ...query, silent: Number(target.value) })}>
        <option value={0}>{t("leads.anyActivity")}</option>
        {[...new Set([...SILENT_DAYS, ...(query.silent ? [query.silent] : [])])].sort((a, b) => a - b).map((days) => (
          <option key={days} value={days}>
            {t("leads.untouchedN", { n: days })}
          </option>
        ))}
      </select>
      <Flyout label={t("leads.filter")} place="bottom-start" width={320} content={() => <Filter query={query} found={found} onQuery={onQuery} />}>
        {(button) => (
          <Button variant="default" leftSection={<IconFilter size={16} stroke={1.75} aria-hidden="true" />} {...button}>
            {t("leads.filter")}
          </Button>
        )}
      </Flyout>
      <select className={list.control} aria-label={t("leads.order")} value={query.order} onChange={({ target }) => onQuery({ ...query, order: target.value as Order })}>
        {ORDER_NAMES.map((order) => (
          <option key={order} value={order}>
            {t(`leads.order.${order}`)}
          </option>
        ))}
      </select>
      <Chosen query={query} onQuery={onQuery} />
    </div>
  );
}

function Toggle({ label, on, onPress }: { label: string; on: boolean; onPress: () => void }) {
  return (
    <button type="button" className={css.toggle} aria-pressed={on} onClick={onPress}>
      {label}
    </button>
  );
}

function SearchField({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useTyped(value, onSearch);
  const field = useRef<HTMLInputElement>(null);
  useCommand("app.search", () => field.current?.focus());
  return (
    <div className={list.search}>
      <IconSearch size={16} stroke={1.75} aria-hidden="true" />
      <input ref={field} type="search" aria-label={t("leads.search")} placeholder={t("leads.searchHint")} title={keyOf("app.search")} value={typed} onChange={(event) => setTyped(event.target.value)} />
    </div>
  );
}

/** What of the flyout narrows the list, each with a press to take it away. */
function Chosen({ query, onQuery }: Pick<Props, "query" | "onQuery">) {
  const me = useEmployeeId();
  const employees = useEmployees();
  if (!isNarrowed({ ...query, text: "" })) return null;
  const chips = [
    ...query.people.filter((id) => id !== NOBODY && id !== me).map((id) => ({ label: employees.get(id)?.name ?? "…", without: { ...query, people: toggled(query.people, id) } })),
    ...query.channels.map((one) => ({ label: channelTitle(one), without: { ...query, channels: toggled(query.channels, one) } })),
    ...query.sources.map((one) => ({ label: one, without: { ...query, sources: toggled(query.sources, one) } })),
  ];
  return (
    <ul className={list.chosen} aria-label={t("leads.chosen")}>
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
          {t("leads.reset")}
        </Button>
      </li>
    </ul>
  );
}
