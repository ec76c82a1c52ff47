import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { IconDots, IconLink, IconLock, IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type ClientLink, ClientLinkService } from "../../../gen/okno/crm/v1/client_link_service_pb.ts";
import { type Client, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { refresh, useDirectories } from "../queries.ts";
import { LinkDialog } from "./LinkDialog.tsx";
import { periodOf, roleOf } from "./words.ts";

/** Whom the client is tied to, and how; the same tie stands on the other's card. */
export function Links({ client }: { client: Client }) {
  useT();
  const { data, error, refetch } = useQuery(ClientLinkService.method.listClientLinks, { clientId: client.clientId });
  const [open, setOpen] = useState<string>();
  const locked = client.archivedAt !== undefined || client.mergedIntoClientId !== "";
  const problem = error && !data ? problemOf(error) : undefined;
  const links = data?.links ?? [];
  const edited = links.find(({ linkId }) => linkId === open);
  return (
    <Section title={t("links.title")}>
      {problem && <Failure what={t("links.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data && links.length === 0 && <p className={css.muted}>{t("links.none")}</p>}
      {links.length > 0 && (
        <ul className={sheet.list} aria-label={t("links.title")}>
          {links.map((link) => (
            <Row key={link.linkId} link={link} locked={locked} onEdit={() => setOpen(link.linkId)} />
          ))}
        </ul>
      )}
      {!locked && (
        <div className={css.buttons}>
          <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setOpen("")}>
            {t("links.add")}
          </Button>
        </div>
      )}
      {open !== undefined && (open === "" || edited) && <LinkDialog client={client} link={edited} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}

function Row({ link, locked, onEdit }: { link: ClientLink; locked: boolean; onEdit: () => void }) {
  const { entry } = useDirectories();
  const items = useDeeds(link, onEdit);
  const { otherClientId, otherName, canOpen, note } = link;
  const role = roleOf(entry(link.kindId), link.reversed);
  const period = periodOf(link);
  return (
    <li className={css.item}>
      {canOpen ? <IconLink size={20} stroke={1.75} aria-hidden="true" /> : <IconLock size={20} stroke={1.75} aria-hidden="true" />}
      <span className={sheet.itemText}>
        <span className={css.muted}>{role}</span>
        <span className={sheet.itemName}>
          {canOpen ? (
            <Link to="/clients/$clientId" params={{ clientId: otherClientId }} search={{}}>
              {otherName}
            </Link>
          ) : (
            t("links.closed")
          )}
        </span>
        {period && <span className={css.muted}>{period}</span>}
        {note && <span className={sheet.prose}>{note}</span>}
      </span>
      {!locked && canOpen && (
        <Menu label={t("links.actions", { name: otherName })} items={() => items}>
          {(button) => (
            <IconButton label={t("links.actions", { name: otherName })} {...button}>
              <IconDots size={16} stroke={1.75} aria-hidden="true" />
            </IconButton>
          )}
        </Menu>
      )}
    </li>
  );
}

function useDeeds({ linkId, etag }: ClientLink, onEdit: () => void): MenuItem[] {
  const remove = useMutation(ClientLinkService.method.deleteClientLink, {
    onSuccess: async () => {
      await refresh(ClientLinkService, ClientService);
      toast(t("links.removed"));
    },
    onError: (error) => {
      void refresh(ClientLinkService);
      toast(problemText(problemOf(error)), { error: true });
    },
  });
  return [
    { kind: "action", label: t("links.change"), run: onEdit },
    { kind: "action", label: t("links.remove"), run: () => remove.mutate({ linkId, etag }) },
  ];
}
