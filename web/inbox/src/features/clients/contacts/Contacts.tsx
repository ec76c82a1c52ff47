import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { IconDots, IconPlus, IconStarFilled } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { type Client, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Contact, ContactService, ContactState } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import { AddressLink } from "../AddressLink.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { refresh, useContacts, useDirectories } from "../queries.ts";
import { CONTACT_STATES, wordOf } from "../words.ts";
import { ContactDialog } from "./ContactDialog.tsx";

const NEW = "new";

/** The people there, with a press to call or to write to each. */
export function Contacts({ client }: { client: Client }) {
  const { contacts, data, error, refetch } = useContacts(client.clientId);
  const { contact: asked } = useSearch({ strict: false }) as { contact?: string };
  const navigate = useNavigate();
  const [pressed, setOpen] = useState<string>();
  // The address may name one, or a new one.
  const open = pressed ?? (asked === NEW ? "" : asked);
  const close = (): void => {
    setOpen(undefined);
    if (asked) void navigate({ to: "/clients/$clientId", params: { clientId: client.clientId }, search: {}, replace: true });
  };
  const [past, setPast] = useState(false);
  const locked = client.archivedAt !== undefined;
  const problem = error && !data ? problemOf(error) : undefined;
  const archived = contacts.filter((contact) => contact.archivedAt);
  const shown = contacts.filter((contact) => past || !contact.archivedAt);
  const edited = contacts.find(({ contactId }) => contactId === open);
  return (
    <Section title={t("contacts.title", { n: contacts.length - archived.length })}>
      {problem && <Failure what={t("contacts.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data && shown.length === 0 && <p className={css.muted}>{t("contacts.none")}</p>}
      {shown.length > 0 && (
        <ul className={sheet.list}>
          {shown.map((contact) => (
            <Row key={contact.contactId} contact={contact} others={contacts.filter((other) => other !== contact && !other.archivedAt)} client={client} locked={locked} onEdit={() => setOpen(contact.contactId)} />
          ))}
        </ul>
      )}
      <div className={css.buttons}>
        {!locked && (
          <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setOpen("")}>
            {t("contacts.add")}
          </Button>
        )}
        {archived.length > 0 && (
          <Button variant="subtle" size="compact-sm" aria-expanded={past} onClick={() => setPast(!past)}>
            {t("contacts.archivedN", { n: archived.length })}
          </Button>
        )}
      </div>
      {open !== undefined && (open === "" || edited) && <ContactDialog clientId={client.clientId} contact={edited} onClose={close} />}
    </Section>
  );
}

function Row({ contact, others, client, locked, onEdit }: { contact: Contact; others: readonly Contact[]; client: Client; locked: boolean; onEdit: () => void }) {
  const { name } = useDirectories();
  const items = useDeeds(contact, others, client, onEdit);
  const main = client.mainContactId === contact.contactId;
  const what = [name(contact.positionId), name(contact.roleId)].filter(Boolean).join(" · ");
  return (
    <li className={css.item} data-dim={contact.archivedAt ? true : undefined}>
      <Avatar name={contact.name} />
      <span className={sheet.itemText}>
        <span className={sheet.itemName}>
          {contact.name}
          {main && <Chip tone="accent">{t("contacts.main")}</Chip>}
          {contact.keyPerson && <Chip icon={<IconStarFilled size={12} aria-hidden="true" />}>{t("contacts.key")}</Chip>}
          {contact.state > ContactState.WORKS && <Chip tone="amber">{wordOf(CONTACT_STATES, contact.state)}</Chip>}
          {contact.archivedAt && <Chip>{t("clients.inArchive")}</Chip>}
        </span>
        {what && <span className={css.muted}>{what}</span>}
        <span className={css.addresses}>
          {contact.addresses.map((address, index) => (
            <AddressLink key={`${index} ${address.value}`} address={address} />
          ))}
        </span>
      </span>
      {!locked && (
        <Menu label={t("contacts.actions", { name: contact.name })} items={() => items}>
          {(button) => (
            <IconButton label={t("contacts.actions", { name: contact.name })} {...button}>
              <IconDots size={16} stroke={1.75} aria-hidden="true" />
            </IconButton>
          )}
        </Menu>
      )}
    </li>
  );
}

/** As many may stand side by side. */
const MOST_MERGED = 50;

function useDeeds(contact: Contact, others: readonly Contact[], client: Client, onEdit: () => void): MenuItem[] {
  const { contactId, etag } = contact;
  const navigate = useNavigate();
  const compare = (): void => {
    const ids = [contactId, ...others.slice(0, MOST_MERGED - 1).map((other) => other.contactId)].join(",");
    void navigate({ to: "/clients/$clientId", params: { clientId: "duplicates" }, search: { of: "contacts", ids } });
  };
  const again = async (): Promise<unknown> => refresh(ContactService, ClientService);
  const onError = (error: unknown): void => {
    void again();
    toast(problemText(problemOf(error)), { error: true });
  };
  const restore = useMutation(ContactService.method.restoreContact, { onSuccess: () => again(), onError });
  const archive = useMutation(ContactService.method.archiveContact, {
    onSuccess: async ({ contact: now }) => {
      await again();
      toast(t("contacts.archived"), { undo: () => restore.mutate({ contactId, etag: now?.etag ?? "" }) });
    },
    onError,
  });
  const update = useMutation(ClientService.method.updateClient, { onSuccess: () => again(), onError });
  if (contact.archivedAt) return [{ kind: "action", label: t("clients.restore"), run: () => restore.mutate({ contactId, etag }) }];
  const main = client.mainContactId === contactId;
  return [
    { kind: "action", label: t("contacts.change"), run: onEdit },
    { kind: "action", label: t("contacts.makeMain"), run: () => update.mutate({ client: { clientId: client.clientId, etag: client.etag, mainContactId: contactId }, updateMask: { paths: ["main_contact_id"] } }), ...(main ? { disabled: t("contacts.isMain") } : {}) },
    { kind: "action", label: t("contacts.merge"), run: compare, ...(others.length > 0 ? {} : { disabled: t("contacts.alone") }) },
    { kind: "action", label: t("clients.archive"), run: () => archive.mutate({ contactId, etag }) },
  ];
}
