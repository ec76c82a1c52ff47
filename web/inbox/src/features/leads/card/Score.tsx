import type { Lead } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { Section } from "../../../ui/Page.tsx";
import css from "../leads.module.css";
import { signed } from "../words.ts";

/** What its points come to, and why. */
export function Score({ lead }: { lead: Lead }) {
  return (
    <Section title={t("leads.score")}>
      <details className={css.details}>
        <summary>
          <span className={css.sum}>{lead.score}</span> {t("leads.why")}
        </summary>
        {lead.scoreParts.length === 0 ? (
          <p className={css.muted}>{t("leads.noRule")}</p>
        ) : (
          <table className={css.parts}>
            <tbody>
              {lead.scoreParts.map(({ name, points }, index) => (
                <tr key={`${name} ${index}`}>
                  <th scope="row">{name}</th>
                  <td>{signed(points)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </details>
    </Section>
  );
}
