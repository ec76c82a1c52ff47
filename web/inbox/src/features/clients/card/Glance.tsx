import { type Client, ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { clock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Chip } from "../../../ui/Chip.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { useDirectories } from "../queries.ts";
import { IMPORTANCES, RELATIONS, STATUSES, toneOf, wordOf } from "../words.ts";
import { zoneNow } from "./zoneNow.ts";

/** The line that answers most questions before they are asked. */
export function Glance({ client }: { client: Client }) {
  const employees = useEmployees();
  const { name: named } = useDirectories();
  const now = useNow(60_000);
  const there = zoneNow(now, client.timeZone);
  const responsible = employees.get(client.responsibleEmployeeId)?.name;
  const words = [
    t(client.kind === ClientKind.PERSON ? "clients.person" : "clients.company"),
    responsible ? t("clients.responsibleIs", { name: responsible }) : t("clients.nobody"),
    t("clients.since", { year: String(new Date(millis(client.createdAt)).getFullYear()) }),
  ];
  return (
    <>
      <p className={css.meta}>
        {words.join(" · ")}
        {there && there !== clock(now) && (
          <>
            {" · "}
            <span title={client.timeZone}>{t("clients.timeThere", { time: there })}</span>
          </>
        )}
      </p>
      <p className={sheet.chips}>
        {client.workStatus > 0 && <Chip tone={toneOf(client.workStatus)}>{wordOf(STATUSES, client.workStatus)}</Chip>}
        {client.importance > 1 && <Chip tone="amber">{wordOf(IMPORTANCES, client.importance)}</Chip>}
        {client.relations.map((relation) => (
          <Chip key={relation}>{wordOf(RELATIONS, relation)}</Chip>
        ))}
        {client.unsubscribed && <Chip>{t("client.field.unsubscribed")}</Chip>}
        {client.tagIds.map((id) => (
          <Chip key={id} tone="accent">
            {named(id) || "…"}
          </Chip>
        ))}
      </p>
    </>
  );
}
