import { Button } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { createPortal } from "react-dom";
import type { Client } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { Contact } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { fullTime } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { millis, serverNow } from "../../../rpc/clock.ts";
import { useEveryPage } from "../../../rpc/directory.ts";
import { useMe } from "../../../rpc/session.ts";
import { contractName } from "../contracts/Contracts.tsx";
import { day } from "../day.ts";
import { useChanges, useContacts, useContracts, useDialogs, useDirectories } from "../queries.ts";
import { ADDRESS_KINDS, CONTACT_STATES, wordOf } from "../words.ts";
import { Glance } from "./Glance.tsx";
import { ChangeLine } from "./History.tsx";
import { Profile } from "./Profile.tsx";
import css from "./dossier.module.css";

/** All that is known of a client as one document to be printed: on paper there is nothing but it, and paper is light. */
export function Dossier({ client }: { client: Client }) {
  useT();
  const navigate = useNavigate();
  const me = useMe();
  const { clientId } = client;
  const contacts = useContacts(clientId);
  const contracts = useContracts(clientId);
  const dialogs = useDialogs(clientId);
  const changes = useChanges(clientId);
  useEveryPage(changes);
  const whole = Boolean(contacts.data && contracts.data && dialogs.data && changes.data) && !contacts.hasNextPage && !changes.hasNextPage;
  const close = (): void => void navigate({ to: "/clients/$clientId", params: { clientId }, search: {}, replace: true });
  useEffect(() => {
    // The rest of the page stays where it is, and off the paper.
    document.body.dataset["printed"] = "dossier";
    return () => void delete document.body.dataset["printed"];
  }, []);
  const people = contacts.contacts.filter(({ archivedAt }) => !archivedAt);
  const past = changes.data?.pages.flatMap((page) => page.changes) ?? [];
  return createPortal(
    <section className={css.desk} data-dossier aria-label={t("dossier.of", { name: client.name })}>
      <div className={css.bar}>
        <Button leftSection={<IconPrinter size={16} stroke={1.75} aria-hidden="true" />} loading={!whole} onClick={() => print()} autoFocus>
          {t("dossier.print")}
        </Button>
        <Button variant="default" onClick={close}>
          {t("dossier.close")}
        </Button>
      </div>
      <article className={css.paper} data-mantine-color-scheme="light">
        <header>
          <h1 data-heading>{client.workingName || client.name}</h1>
          <Glance client={client} />
          <p className={css.made}>{t("dossier.made", { at: fullTime(serverNow()), name: me.employee?.name ?? "" })}</p>
        </header>
        <Profile client={client} />
        <Part title={t("contacts.title", { n: people.length })} shown={people.length > 0}>
          {people.map((contact) => (
            <Person key={contact.contactId} contact={contact} main={client.mainContactId === contact.contactId} />
          ))}
        </Part>
        <Part title={t("contracts.title")} shown={(contracts.data?.contracts.length ?? 0) > 0}>
          {contracts.data?.contracts.map((contract) => (
            <li key={contract.contractId}>{[contractName(contract), contract.currency, contract.archived && t("clients.inArchive"), contract.comment].filter(Boolean).join(" · ")}</li>
          ))}
        </Part>
        <Part title={t("dossier.dialogs")} shown={(dialogs.data?.length ?? 0) > 0}>
          {dialogs.data?.map((row) => (
            <li key={row.conversationId}>
              {[channelTitle(row.channel), row.accountName, fullTime(millis(row.lastActivityAt)), row.request?.assigneeName].filter(Boolean).join(" · ")}
              {row.lastMessage?.text && <p className={css.quiet}>{row.lastMessage.text}</p>}
            </li>
          ))}
        </Part>
        <Part title={t("clients.history")} shown={past.length > 0}>
          {past.map((change, index) => (
            <li key={`${millis(change.at)} ${index}`}>
              <ChangeLine change={change} contact={contacts.contacts.find(({ contactId }) => contactId === change.contactId)?.name ?? ""} at={fullTime(millis(change.at))} />
            </li>
          ))}
        </Part>
      </article>
    </section>,
    document.body,
  );
}

function Part({ title, shown, children }: { title: string; shown: boolean; children: React.ReactNode }) {
  if (!shown) return null;
  return (
    <section className={css.part}>
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

function Person({ contact, main }: { contact: Contact; main: boolean }) {
  const { name } = useDirectories();
  const words = [name(contact.positionId), name(contact.roleId), main && t("contacts.main"), contact.keyPerson && t("contacts.key"), contact.state > 1 && wordOf(CONTACT_STATES, contact.state), contact.birthday && day(contact.birthday)];
  return (
    <li>
      <strong>{contact.name}</strong> {words.filter(Boolean).join(" · ")}
      {contact.addresses.map((address, index) => (
        <p key={`${index} ${address.value}`}>
          {wordOf(ADDRESS_KINDS, address.kind) || t("clients.address.other")}: {address.display || address.value}
        </p>
      ))}
      {contact.comment && <p className={css.quiet}>{contact.comment}</p>}
    </li>
  );
}
