import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { IconX } from "@tabler/icons-react";
import { ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import list from "../../../ui/list/list.module.css";
import css from "./accesses.module.css";
import { type AccessQuery, isNarrowed, WHATS } from "./query.ts";

type Props = { query: AccessQuery; onQuery: (query: AccessQuery) => void };

const EVERYTHING: AccessQuery = { client: "", employee: "", what: "", from: "", until: "" };

/** What narrows the log. */
export function Bar({ query, onQuery }: Props) {
  const byName = collator();
  const people = [...useEmployees().values()].sort((one, other) => byName.compare(one.name, other.name));
  return (
    <div className={css.bar} role="search" aria-label={t("settings.accessLog")}>
      <label>
        {t("accesses.who")}
        <select className={list.control} value={query.employee} onChange={({ target }) => onQuery({ ...query, employee: target.value })}>
          <option value="">{t("accesses.everybody")}</option>
          {people.map(({ employeeId, name }) => (
            <option key={employeeId} value={employeeId}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("accesses.what")}
        <select className={list.control} value={query.what} onChange={({ target }) => onQuery({ ...query, what: WHATS.find((one) => one === target.value) ?? "" })}>
          <option value="">{t("accesses.everything")}</option>
          {WHATS.map((what) => (
            <option key={what} value={what}>
              {t(`accesses.what.${what}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("accesses.from")}
        <input type="date" className={list.control} max={query.until || undefined} value={query.from} onChange={({ target }) => onQuery({ ...query, from: target.value })} />
      </label>
      <label>
        {t("accesses.until")}
        <input type="date" className={list.control} min={query.from || undefined} value={query.until} onChange={({ target }) => onQuery({ ...query, until: target.value })} />
      </label>
      {isNarrowed(query) && (
        <Button variant="subtle" onClick={() => onQuery(EVERYTHING)}>
          {t("accesses.reset")}
        </Button>
      )}
      {query.client && <OfClient id={query.client} onRemove={() => onQuery({ ...query, client: "" })} />}
    </div>
  );
}

/** Whose data the log is narrowed to. The names that lists show are asked for: opening the card would be a reading. */
function OfClient({ id, onRemove }: { id: string; onRemove: () => void }) {
  const { data } = useQuery(ClientService.method.batchGetClients, { clientIds: [id], inPassing: true });
  const found = data?.clients[0];
  const label = t("accesses.ofClient", { name: found ? found.workingName || found.name : data ? t("accesses.gone") : "…" });
  return (
    <p className={list.chosen}>
      <span className={list.tag}>
        {label}
        <IconButton small label={t("form.removeRow", { name: label })} onClick={onRemove}>
          <IconX size={14} stroke={2} aria-hidden="true" />
        </IconButton>
      </span>
    </p>
  );
}
