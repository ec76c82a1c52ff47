import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type DirectoryEntry, DirectoryKind, DirectoryService } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Page, Section } from "../../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import { toast } from "../../../ui/toasts.ts";
import { zoneText } from "../../../ui/zones.ts";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { refresh, useEntries } from "../queries.ts";
import { EntryDialog } from "./EntryDialog.tsx";
import { KINDS } from "./kinds.ts";

/** Everybody adds these while they work; the rest is the administrator's. */
const EVERYBODYS = new Set([DirectoryKind.TAG, DirectoryKind.HOLDING]);

/** What cards choose from, list by list. */
export function DirectoriesPage() {
  useT();
  const title = t("settings.directories");
  useTitle(title);
  const navigate = useNavigate();
  const { list } = useSearch({ strict: false }) as { list?: string };
  const [kind, , label] = KINDS.find(([, name]) => name === list) ?? KINDS[0]!;
  const administrator = isAdministrator(useMe().employee);
  const [open, setOpen] = useState<string>();
  const { entries, error, data, refetch } = useEntries();
  const problem = error && !data ? problemOf(error) : undefined;
  const all = entries.filter((entry) => entry.kind === kind);
  const edited = all.find(({ entryId }) => entryId === open);
  const shown = [...all.filter((entry) => !entry.archived), ...all.filter((entry) => entry.archived)];
  return (
    <Page title={title}>
      {!administrator && <Strip>{t("directories.onlyAdmin")}</Strip>}
      <select className={css.control} aria-label={t("directories.list")} value={KINDS.find(([one]) => one === kind)?.[1]} onChange={({ target }) => void navigate({ to: "/settings/directories", search: { list: target.value }, replace: true })}>
        {KINDS.map(([one, name, word]) => (
          <option key={one} value={name}>
            {t(word)}
          </option>
        ))}
      </select>
      {problem && <Failure what={t("directories.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {!data && !problem && <SkeletonRows rows={5} height={44} />}
      {data && (
        <Section title={t(label)}>
          {shown.length === 0 && <p className={css.muted}>{t("directories.none")}</p>}
          {shown.length > 0 && (
            <ul className={sheet.list}>
              {shown.map((entry) => (
                <Row key={entry.entryId} entry={entry} locked={!administrator} onEdit={() => setOpen(entry.entryId)} />
              ))}
            </ul>
          )}
          {(administrator || EVERYBODYS.has(kind)) && (
            <div className={css.buttons}>
              <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setOpen("")}>
                {t("directories.add")}
              </Button>
            </div>
          )}
          {open !== undefined && (open === "" || edited) && <EntryDialog kind={kind} entry={edited} place={all.length} onClose={() => setOpen(undefined)} />}
        </Section>
      )}
    </Page>
  );
}

function Row({ entry, locked, onEdit }: { entry: DirectoryEntry; locked: boolean; onEdit: () => void }) {
  const update = useMutation(DirectoryService.method.updateDirectoryEntry, {
    onSuccess: () => refresh(DirectoryService),
    onError: (error) => {
      void refresh(DirectoryService);
      toast(problemText(problemOf(error)), { error: true });
    },
  });
  const { entryId, etag, archived } = entry;
  return (
    <li className={css.item} aria-label={entry.name} data-dim={archived || undefined}>
      <span className={sheet.itemText}>
        <span className={sheet.itemName}>
          {entry.name}
          {archived && <Chip>{t("clients.inArchive")}</Chip>}
        </span>
        {entry.reverseName && <span className={css.muted}>{entry.reverseName}</span>}
        {entry.timeZone && <span className={css.muted}>{zoneText(entry.timeZone)}</span>}
      </span>
      {!locked && (
        <>
          {!archived && (
            <Button variant="subtle" size="compact-sm" aria-label={t("contacts.edit", { name: entry.name })} onClick={onEdit}>
              {t("contacts.change")}
            </Button>
          )}
          <Button variant="subtle" size="compact-sm" loading={update.isPending} onClick={() => update.mutate({ entry: { entryId, etag, archived: !archived }, updateMask: { paths: ["archived"] } })}>
            {t(archived ? "clients.restore" : "clients.archive")}
          </Button>
        </>
      )}
    </li>
  );
}
