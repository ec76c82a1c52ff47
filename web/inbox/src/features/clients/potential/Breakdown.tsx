import type { Potential } from "../../../gen/okno/crm/v1/potential_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { amountText, decimalText } from "../money.ts";
import { labelOf } from "../quality/labels.ts";
import { useNames } from "../useSay.ts";
import css from "./potential.module.css";
import { valueName } from "./values.ts";

/** The base amount, each weight, and from where each comes: "Segment: wholesale ×1.4". */
export function Breakdown({ potential }: { potential: Potential }) {
  const names = useNames();
  const departments = useDepartments();
  const from = (id: string): string => (id ? (departments.get(id)?.name ?? "…") : t("potential.company"));
  const { baseAmount, baseDepartmentId, factors, counted = "" } = potential;
  return (
    <details className={css.details}>
      <summary>{t("potential.why")}</summary>
      <table className={css.parts}>
        <thead>
          <tr>
            <th scope="col">{t("potential.what")}</th>
            <th scope="col">{t("potential.times")}</th>
            <th scope="col">{t("potential.from")}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t("potential.base")}</th>
            <td>{amountText(baseAmount ?? "")}</td>
            <td>{from(baseDepartmentId)}</td>
          </tr>
          {factors.map(({ field, value, weight, departmentId, unset }) => (
            <tr key={field}>
              <th scope="row">{t("potential.factor", { field: labelOf(field, names.fields), value: valueName(field, value, names) })}</th>
              <td>×{decimalText(weight)}</td>
              <td>{unset ? t("potential.unset") : from(departmentId)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("potential.total")}</th>
            <td>{amountText(counted)}</td>
            <td />
          </tr>
        </tfoot>
      </table>
    </details>
  );
}
