import type { CustomValue } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { camelOf, fieldName } from "../form.ts";
import { customText, useNames, valueText } from "../useSay.ts";
import { CUSTOM, PHOTO } from "./compare.ts";
import type { Of } from "./of.ts";

/** What a field of the contract is called here. */
export function useFieldName(of: Of): (field: string) => string {
  const { fields } = useNames();
  return (field) => {
    if (field === PHOTO) return t("doubles.kind.photo");
    if (field.startsWith(CUSTOM)) return fields.find(({ fieldId }) => field === `${CUSTOM}${fieldId}`)?.name ?? "…";
    if (of === "contacts" && field === "name") return t("doubles.people.name");
    return fieldName(camelOf(field));
  };
}

/** A value of it in words. */
export function useFieldText(): (field: string, value: unknown) => string {
  const names = useNames();
  return (field, value) => {
    if (value === undefined) return "";
    if (field.startsWith(CUSTOM)) return customText(names.fields.find(({ fieldId }) => field === `${CUSTOM}${fieldId}`), value as CustomValue, names);
    return valueText(camelOf(field), value, names);
  };
}
