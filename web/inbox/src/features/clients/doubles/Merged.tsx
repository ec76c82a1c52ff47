import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { IconArrowBackUp, IconCheck } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { keyOf } from "../../../app/commands.ts";
import { ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { Merge } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { Counts } from "./Counts.tsx";
import css from "./doubles.module.css";
import { said } from "./of.ts";
import { useUndo, usePeople } from "./queries.ts";

/** What a merge came to: how many there were and are, and the way back. */
export function Merged({ merge, onUndone, onNext }: { merge: Merge; onUndone: () => void; onNext: (() => void) | undefined }) {
  const { contactId } = merge;
  const { data } = useQuery(ClientService.method.getClient, { clientId: merge.clientId });
  const people = usePeople(contactId ? [contactId] : []);
  const name = contactId ? people.data?.[0]?.name : data?.client?.name;
  const undo = useUndo();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section className={css.compare} aria-label={t("doubles.merged")}>
      <h2 ref={title} tabIndex={-1} className={css.doneTitle}>
        <IconCheck size={20} stroke={1.75} aria-hidden="true" /> {t("doubles.merged")}
      </h2>
      <p>{t(said(contactId ? "contacts" : "clients", "doubles.mergedInto"), { name: name ?? "…" })}</p>
      <Counts counts={merge.counts} />
      <p className={css.hint}>{t("doubles.canUndo")}</p>
      <div className={css.buttons}>
        {onNext && (
          <Button onClick={onNext} rightSection={<KeyCap>{keyOf("list.next")}</KeyCap>}>
            {t("doubles.next")}
          </Button>
        )}
        <LinkButton variant="default" to="/clients/$clientId" params={{ clientId: merge.clientId }} search={contactId ? { contact: contactId } : {}}>
          {t("doubles.openCard")}
        </LinkButton>
        <Button variant="default" loading={undo.isPending} leftSection={<IconArrowBackUp size={16} stroke={1.75} aria-hidden="true" />} onClick={() => undo.mutate({ mergeId: merge.mergeId }, { onSuccess: onUndone })}>
          {t("doubles.undo")}
        </Button>
      </div>
    </section>
  );
}
