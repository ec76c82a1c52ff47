import { Button } from "@mantine/core";
import { AddressKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { Lead, LeadForm, LeadVisit } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import css from "../leads.module.css";
import { type Left as One, leftOf, typedIn, useUpdateLead } from "../left.ts";
import { isOpen } from "../words.ts";

/** What was left in forms of the site and is not on the card yet. Anybody can type anything there, so a person decides what of it holds. */
export function Left({ lead, forms, visits }: { lead: Lead; forms: readonly LeadForm[]; visits: readonly LeadVisit[] }) {
  const { busy, add } = useUpdateLead(lead);
  const left = leftOf(lead, typedIn(forms, visits));
  if (left.length === 0) return null;
  return (
    <div className={css.left} role="group" aria-label={t("leads.left.title")}>
      <p className={css.muted}>{t("leads.left.hint")}</p>
      <dl className={css.lines}>
        {left.map((one) => (
          <div key={`${one.field} ${one.value}`}>
            <dt>{t(NAMES[one.field])}</dt>
            <dd>
              {one.value}{" "}
              {isOpen(lead) && one.field !== "name" && (
                <Button variant="subtle" size="compact-xs" loading={busy} aria-label={t("leads.left.addNamed", { value: one.value })} onClick={() => add(one.field === "phone" ? AddressKind.PHONE : AddressKind.EMAIL, one.value)}>
                  {t("leads.left.add")}
                </Button>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

const NAMES = { name: "leads.left.name", phone: "leads.left.phone", email: "leads.left.email" } as const satisfies Record<One["field"], string>;
