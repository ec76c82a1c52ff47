import type { Lead } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t } from "../../../i18n/index.ts";
import { Section } from "../../../ui/Page.tsx";
import { AddressLink } from "../AddressLink.tsx";
import { fieldName, useSay } from "../form.ts";
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { addressWord } from "../words.ts";

const LINES = ["surname", "givenName", "patronymic", "companyName", "channel", "source", "accessLevelIds"] as const;

/** How to reach them, where they came from, what was written down. */
export function Profile({ lead }: { lead: Lead }) {
  const say = useSay();
  const lines = LINES.map((field) => [field, field === "channel" ? lead.channel && channelTitle(lead.channel) : say(field, lead[field])] as const).filter(([, text]) => text);
  return (
    <div className={css.column}>
      <Section title={t("leads.reach")}>
        {lead.addresses.length === 0 ? (
          <p className={css.muted}>{t("leads.noAddresses")}</p>
        ) : (
          <dl className={css.lines}>
            {lead.addresses.map((address, index) => (
              <div key={`${address.value} ${index}`}>
                <dt>{addressWord(address.kind)}</dt>
                <dd>
                  <AddressLink address={address} />
                  {address.contactPointId && <span className={css.muted}> · {t("leads.fromDialog")}</span>}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Section>
      {(lines.length > 0 || lead.comment) && (
        <Section title={t("leads.about")}>
          {lines.length > 0 && (
            <dl className={css.lines}>
              {lines.map(([field, text]) => (
                <div key={field}>
                  <dt>{fieldName(field)}</dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          )}
          {lead.comment && <p className={sheet.prose}>{lead.comment}</p>}
        </Section>
      )}
    </div>
  );
}
