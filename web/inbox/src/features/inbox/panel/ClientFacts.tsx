import { useInfiniteQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";
import { type Client, ClientKind, WorkStatus } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type DirectoryEntry, DirectoryKind, DirectoryService } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { millis } from "../../../rpc/clock.ts";
import { useEmployees, useEveryPage } from "../../../rpc/directory.ts";
import { Chip, type Tone } from "../../../ui/Chip.tsx";
import { useDialogsOfClient } from "../queries.ts";
import { isOpen } from "../views.ts";
import css from "./CustomerPanel.module.css";

const STATUSES: Partial<Record<WorkStatus, readonly [Key, Tone]>> = {
  [WorkStatus.WORKING]: ["panel.working", "green"],
  [WorkStatus.NOT_WORKING]: ["panel.notWorking", "gray"],
  [WorkStatus.LOST]: ["panel.lost", "red"],
};

/** Of the client's card what one wants to know before answering: who, since when, whose, its tags, what is open. */
export function ClientFacts({ client }: { client: Client }) {
  const employees = useEmployees();
  const tags = useTags();
  const { rows, loaded, hasMore } = useDialogsOfClient(client.clientId);
  const responsible = employees.get(client.responsibleEmployeeId)?.name;
  const open = rows.filter(isOpen).length;
  const status = STATUSES[client.workStatus];
  const words = [t(client.kind === ClientKind.PERSON ? "panel.person" : "panel.company"), t("panel.since", { year: String(new Date(millis(client.createdAt)).getFullYear()) })];
  return (
    <>
      <p className={css.meta}>{words.join(" · ")}</p>
      <p className={css.meta}>
        {t("panel.clientResponsible")}: {responsible ?? t("panel.nobody")}
      </p>
      {loaded && <p className={css.meta}>{t(hasMore ? "panel.openMany" : "panel.openN", { n: open })}</p>}
      {(status || client.tagIds.length > 0) && (
        <p className={css.chips}>
          {status && <Chip tone={status[1]}>{t(status[0])}</Chip>}
          {client.tagIds.map((id) => (
            <Chip key={id} tone="accent">
              {tags.get(id)?.name ?? "…"}
            </Chip>
          ))}
        </p>
      )}
    </>
  );
}

const MOST = 1_000;

function useTags(): ReadonlyMap<string, DirectoryEntry> {
  const query = useInfiniteQuery(DirectoryService.method.listDirectoryEntries, { kinds: [DirectoryKind.TAG], withArchived: true, pageSize: MOST, pageToken: "" }, { pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined });
  useEveryPage(query);
  return useMemo(() => new Map(query.data?.pages.flatMap((page) => page.entries).map((entry) => [entry.entryId, entry])), [query.data]);
}
