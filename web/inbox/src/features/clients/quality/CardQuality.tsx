import { Link } from "@tanstack/react-router";
import { useContacts } from "../queries.ts";
import type { ClientQuality, QualityMark } from "../../../gen/okno/crm/v1/quality_pb.ts";
import { t } from "../../../i18n/index.ts";
import { Section } from "../../../ui/Page.tsx";
import clients from "../clients.module.css";
import { useNames } from "../useSay.ts";
import { labelOf } from "./labels.ts";
import { Meter } from "./Meter.tsx";
import css from "./quality.module.css";

/** How well the card is filled, and what is missing, each a way to its field. */
export function CardQuality({ clientId, quality, locked }: { clientId: string; quality: ClientQuality; locked: boolean }) {
  const { own, contacts } = quality;
  const { fields } = useNames();
  const people = useContacts(clientId).contacts;
  const lacking = contacts.filter(({ mark }) => mark && missingOf(mark).length > 0);
  const missing = own ? missingOf(own) : [];
  return (
    <Section title={t("quality.card")}>
      <div className={css.shares}>
        <Share label={t("quality.contact")} percent={own?.contactPercent} />
        <Share label={t("quality.portrait")} percent={own?.portraitPercent} />
      </div>
      {missing.length + lacking.length === 0 ? (
        <p className={clients.muted}>{t("quality.whole")}</p>
      ) : (
        <>
          <p className={clients.muted} id="quality-missing">
            {t("quality.missing")}
          </p>
          <ul className={css.missing} aria-labelledby="quality-missing">
            {missing.map((key) => (
              <li key={key}>{locked ? labelOf(key, fields) : <Missing clientId={clientId} field={key} name={labelOf(key, fields)} />}</li>
            ))}
            {lacking.map(({ contactId, mark }) => {
              const name = people.find((one) => one.contactId === contactId)?.name ?? "…";
              const text = t("quality.ofPerson", { name, field: mark ? missingOf(mark).map((key) => labelOf(key, fields)).join(", ") : "" });
              return <li key={contactId}>{locked ? text : <Way clientId={clientId} search={{ contact: contactId }} hint={name} text={text} />}</li>;
            })}
          </ul>
        </>
      )}
    </Section>
  );
}

function missingOf(mark: QualityMark): readonly string[] {
  return [...mark.missingContact, ...mark.missingPortrait];
}

function Share({ label, percent }: { label: string; percent: number | undefined }) {
  return (
    <p className={css.share}>
      <span>{label}</span>
      <b>{percent === undefined ? t("quality.notSetUp") : t("quality.percent", { n: percent })}</b>
      {percent !== undefined && <Meter percent={percent} />}
    </p>
  );
}

function Missing({ clientId, field, name }: { clientId: string; field: string; name: string }) {
  // A contact is made on the card itself; the first becomes the main one.
  const search = field === "contacts" || field === "main_contact_id" ? { contact: "new" } : { edit: true, field };
  return <Way clientId={clientId} search={search} hint={name} text={name} />;
}

function Way({ clientId, search, hint, text }: { clientId: string; search: Record<string, unknown>; hint: string; text: string }) {
  return (
    <Link to="/clients/$clientId" params={{ clientId }} search={search} className={css.way} title={t("quality.fillHint", { name: hint })}>
      {text}
    </Link>
  );
}
