import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { IconArchive, IconArchiveOff, IconDots, IconEraser, IconEye, IconPackageExport, IconPencil, IconPrinter, IconUserOff } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { type Client, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { t, useT, withTexts } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { cx } from "../../../ui/cx.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu } from "../../../ui/Menu.tsx";
import { part } from "../../../ui/part.ts";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import { toast } from "../../../ui/toasts.ts";
import { Back } from "../Back.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { Contacts } from "../contacts/Contacts.tsx";
import { Contracts } from "../contracts/Contracts.tsx";
import { Feed } from "../feed/parts.ts";
import { Links } from "../links/parts.ts";
import { CardPotential } from "../potential/parts.ts";
import { Consents, EraseDialog, ExportDialog } from "../personal/parts.ts";
import { CardQuality } from "../quality/CardQuality.tsx";
import { refresh, useClient } from "../queries.ts";
import { Dialogs } from "./Dialogs.tsx";
import { EditClient } from "./EditClient.tsx";
import { Glance } from "./Glance.tsx";
import { History } from "./History.tsx";
import { Photo } from "./Photo.tsx";
import { Profile } from "./Profile.tsx";

const Dossier = part(() => withTexts(import("./Dossier.tsx"), "dossier").then(({ Dossier: component }) => component));

/** One client at a glance: who it is, since when, who answers for it, what is open; or the form that changes it. */
export function ClientPage({ clientId }: { clientId: string }) {
  useT();
  const { edit, field, dossier } = useSearch({ strict: false }) as { edit?: true; field?: string; dossier?: true };
  const { data, error, refetch } = useClient(clientId);
  const client = data?.client;
  useTitle(client ? client.workingName || client.name : t("rail.clients"));
  if (error && !client) {
    const problem = problemOf(error);
    if (problem.reason === "CLIENT_NOT_FOUND" || problem.reason === "INVALID_FIELD") {
      return (
        <div className={css.page}>
          <Back />
          <Empty icon={IconUserOff} title={t("clients.notFound")} />
        </div>
      );
    }
    return <Failure what={t("clients.cardFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  }
  if (!client) return <SkeletonRows rows={6} height={72} />;
  const locked = client.archivedAt !== undefined || client.mergedIntoClientId !== "";
  if (edit && !locked) return <EditClient key={clientId} client={client} field={field} />;
  if (dossier) {
    return (
      <Suspense fallback={<SkeletonRows rows={6} height={72} />}>
        <Dossier client={client} />
      </Suspense>
    );
  }
  return (
    <div className={css.page}>
      <Back />
      <Head client={client} />
      <div className={cx(sheet.card, css.withFeed)}>
        <Profile client={client} />
        <div className={css.column}>
          <Suspense fallback={<SkeletonRows rows={1} height={72} />}>
            <CardPotential client={client} locked={locked} />
          </Suspense>
          {data.quality && <CardQuality clientId={clientId} quality={data.quality} locked={locked} />}
          <Contacts client={client} />
          <Dialogs clientId={clientId} />
          <Contracts client={client} />
          <Suspense fallback={<SkeletonRows rows={1} height={72} />}>
            <Links client={client} />
          </Suspense>
          <Suspense fallback={<SkeletonRows rows={1} height={72} />}>
            <Consents client={client} />
          </Suspense>
          <History clientId={clientId} />
        </div>
        <div className={css.feedColumn}>
          <Suspense fallback={<SkeletonRows rows={6} height={56} />}>
            <Feed clientId={clientId} />
          </Suspense>
        </div>
      </div>
    </div>
  );
}

function Head({ client }: { client: Client }) {
  const navigate = useNavigate();
  const { archive, restore } = useArchiving(client);
  const admin = isAdministrator(useMe().employee);
  const [erasing, setErasing] = useState(false);
  const [exporting, setExporting] = useState(false);
  const archived = client.archivedAt !== undefined;
  const merged = client.mergedIntoClientId;
  const name = client.workingName || client.name;
  return (
    <>
      <header className={css.cardHead}>
        <Photo client={client} locked={archived || Boolean(merged)} />
        <div className={sheet.cardTitle}>
          <h1 tabIndex={-1} data-heading>
            {name}
          </h1>
          <Glance client={client} />
        </div>
        <div className={css.headActions}>
          {!archived && !merged && (
            <Button leftSection={<IconPencil size={16} stroke={1.75} aria-hidden="true" />} onClick={() => void navigate({ to: "/clients/$clientId", params: { clientId: client.clientId }, search: { edit: true } })}>
              {t("clients.edit")}
            </Button>
          )}
          {!merged && (
            <Menu
              label={t("clients.moreActions")}
              items={() => [
                { kind: "action", label: t("clients.dossier"), lead: <IconPrinter size={16} stroke={1.75} aria-hidden="true" />, run: () => void navigate({ to: "/clients/$clientId", params: { clientId: client.clientId }, search: { dossier: true } }) },
                ...(archived ? [] : [{ kind: "action" as const, label: t("clients.archive"), lead: <IconArchive size={16} stroke={1.75} aria-hidden="true" />, run: archive }]),
                ...(admin
                  ? [
                      { kind: "action" as const, label: t("clients.whoLooked"), lead: <IconEye size={16} stroke={1.75} aria-hidden="true" />, run: () => void navigate({ to: "/settings/access-log", search: { client: client.clientId } }) },
                      { kind: "action" as const, label: t("clients.exportPersonal"), lead: <IconPackageExport size={16} stroke={1.75} aria-hidden="true" />, run: () => setExporting(true) },
                      { kind: "action" as const, label: t("clients.erase"), lead: <IconEraser size={16} stroke={1.75} aria-hidden="true" />, run: () => setErasing(true) },
                    ]
                  : []),
              ]}
            >
              {(button) => (
                <IconButton label={t("clients.moreActions")} {...button}>
                  <IconDots size={20} stroke={1.75} aria-hidden="true" />
                </IconButton>
              )}
            </Menu>
          )}
        </div>
      </header>
      {erasing && (
        <Suspense>
          <EraseDialog clientId={client.clientId} onClose={() => setErasing(false)} />
        </Suspense>
      )}
      {exporting && (
        <Suspense>
          <ExportDialog clientId={client.clientId} onClose={() => setExporting(false)} />
        </Suspense>
      )}
      {merged && (
        <Strip
          actions={
            <Button variant="default" size="compact-sm" onClick={() => void navigate({ to: "/clients/$clientId", params: { clientId: merged }, search: {} })}>
              {t("clients.openOriginal")}
            </Button>
          }
        >
          {t("clients.isMerged")}
        </Strip>
      )}
      {archived && !merged && (
        <Strip
          actions={
            <Button variant="default" size="compact-sm" leftSection={<IconArchiveOff size={16} stroke={1.75} aria-hidden="true" />} onClick={restore}>
              {t("clients.restore")}
            </Button>
          }
        >
          {t("clients.isArchived")}
        </Strip>
      )}
    </>
  );
}

function useArchiving(client: Client): { archive: () => void; restore: () => void } {
  const done = (text: string, undo?: (etag: string) => void) => async ({ client: now }: { client?: Client }): Promise<void> => {
    await refresh(ClientService);
    toast(text, undo ? { undo: () => undo(now?.etag ?? "") } : {});
  };
  const onError = (error: unknown): void => {
    void refresh(ClientService);
    toast(problemText(problemOf(error)), { error: true });
  };
  const back = useMutation(ClientService.method.restoreClient, { onSuccess: done(t("clients.restored")), onError });
  const { clientId } = client;
  const away = useMutation(ClientService.method.archiveClient, { onSuccess: done(t("clients.archived"), (etag) => back.mutate({ clientId, etag })), onError });
  return { archive: () => away.mutate({ clientId, etag: client.etag }), restore: () => back.mutate({ clientId, etag: client.etag }) };
}
