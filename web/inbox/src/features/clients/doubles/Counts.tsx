import type { MergeCount } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import css from "./doubles.module.css";

const KINDS: Readonly<Record<string, Key>> = {
  contact_point: "doubles.kind.contact_point",
  contact: "doubles.kind.contact",
  address: "doubles.kind.address",
  contract: "doubles.kind.contract",
  lead: "doubles.kind.lead",
  link: "doubles.kind.link",
  contact_change: "doubles.kind.contact_change",
  custom_value: "doubles.kind.custom_value",
  photo: "doubles.kind.photo",
  consent: "doubles.kind.consent",
  potential: "doubles.kind.potential",
  named_by: "doubles.kind.named_by",
  merged_client: "doubles.kind.merged_client",
  merged_contact: "doubles.kind.merged_client",
  key_event: "doubles.kind.key_event",
};

/** How many of each there were and are; what none of them had is left out. */
export function Counts({ counts }: { counts: readonly MergeCount[] }) {
  const shown = counts.filter(({ own, moved }) => own + moved > 0n);
  if (shown.length === 0) return null;
  return (
    <table className={css.counts} aria-label={t("doubles.counts")}>
      <thead>
        <tr>
          <th scope="col">{t("doubles.kind")}</th>
          <th scope="col">{t("doubles.own")}</th>
          <th scope="col">{t("doubles.moved")}</th>
          <th scope="col">{t("doubles.repeated")}</th>
          <th scope="col">{t("doubles.total")}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ kind, own, moved, repeated, total }) => (
          <tr key={kind}>
            <th scope="row">{KINDS[kind] ? t(KINDS[kind]) : kind}</th>
            {[own, moved, repeated, total].map((n, index) => (
              <td key={index}>{Number(n).toLocaleString(document.documentElement.lang)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
