import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Client } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Consent, ConsentService } from "../../../gen/okno/crm/v1/consent_service_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Section } from "../../../ui/Page.tsx";
import sheet from "../../../ui/sheet.module.css";
import { Failure } from "../../../ui/States.tsx";
import css from "../clients.module.css";
import { day } from "../day.ts";
import { useContacts, useDirectories } from "../queries.ts";
import { AnnulDialog } from "./AnnulDialog.tsx";
import { ConsentDialog } from "./ConsentDialog.tsx";

type Open = { kind: "record"; from?: Consent } | { kind: "annul"; consent: Consent };

/** What the client and its people have agreed to: what counts of each purpose, and what was before. */
export function Consents({ client }: { client: Client }) {
  useT();
  const { clientId } = client;
  const { data, error, refetch } = useQuery(ConsentService.method.listConsents, { clientId }, { staleTime: 0 });
  const [open, setOpen] = useState<Open>();
  const locked = client.archivedAt !== undefined || client.mergedIntoClientId !== "";
  const problem = error && !data ? problemOf(error) : undefined;
  const all = data?.consents ?? [];
  const earlier = all.filter(({ current }) => !current);
  const list = (consents: readonly Consent[]): React.ReactNode => (
    <ul className={sheet.list}>
      {consents.map((consent) => (
        <Row key={consent.consentId} consent={consent} locked={locked} onOpen={setOpen} />
      ))}
    </ul>
  );
  return (
    <Section title={t("consents.title")}>
      {problem && <Failure what={t("consents.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data && all.length === 0 && <p className={css.muted}>{t("consents.none")}</p>}
      {all.length > earlier.length && list(all.filter(({ current }) => current))}
      {earlier.length > 0 && (
        <details>
          <summary>{t("consents.earlier", { n: earlier.length })}</summary>
          {list(earlier)}
        </details>
      )}
      {!locked && (
        <div className={css.buttons}>
          <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setOpen({ kind: "record" })}>
            {t("consents.add")}
          </Button>
        </div>
      )}
      {open?.kind === "record" && <ConsentDialog clientId={clientId} from={open.from} onClose={() => setOpen(undefined)} />}
      {open?.kind === "annul" && <AnnulDialog consent={open.consent} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}

function Row({ consent, locked, onOpen }: { consent: Consent; locked: boolean; onOpen: (open: Open) => void }) {
  const now = useNow(60_000);
  const { name } = useDirectories();
  const { contacts } = useContacts(consent.clientId);
  const noted = useEmployees().get(consent.notedByEmployeeId)?.name ?? t("personal.system");
  const purpose = name(consent.purposeId);
  const mistake = consent.annulledAt !== undefined;
  const told = [
    day(consent.on),
    consent.contactId && contacts.find(({ contactId }) => contactId === consent.contactId)?.name,
    name(consent.meansId),
    consent.version && t("consents.version", { version: consent.version }),
    consent.document,
    t("consents.noted", { name: noted, at: dayAndClock(millis(consent.notedAt), now) }),
  ];
  return (
    <li className={css.item} data-dim={mistake || undefined}>
      <span className={sheet.itemText}>
        <span className={sheet.itemName}>
          {purpose}
          {mistake ? <Chip>{t("consents.mistake")}</Chip> : <Chip tone={consent.given ? "green" : "red"}>{t(consent.given ? "consents.given" : "consents.withdrawn")}</Chip>}
        </span>
        <span className={css.muted}>{told.filter(Boolean).join(" · ")}</span>
        {consent.wording && <span className={sheet.prose}>{consent.wording}</span>}
        {consent.annulReason && <span className={sheet.prose}>{consent.annulReason}</span>}
        {!locked && !mistake && (
          <span className={css.buttons}>
            {consent.current && consent.given && (
              <Button variant="subtle" size="compact-sm" aria-label={t("consents.withdrawOf", { purpose })} onClick={() => onOpen({ kind: "record", from: consent })}>
                {t("consents.withdraw")}
              </Button>
            )}
            <Button variant="subtle" color="gray" size="compact-sm" aria-label={t("consents.annulOf", { purpose })} onClick={() => onOpen({ kind: "annul", consent })}>
              {t("consents.annul")}
            </Button>
          </span>
        )}
      </span>
    </li>
  );
}
