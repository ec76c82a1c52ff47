import type { FieldChange } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import sheet from "../../../ui/sheet.module.css";
import { camelOf } from "../form.ts";
import { customChange, type Names, valueText } from "../useSay.ts";

type Props = { change: Pick<FieldChange, "field" | "customFieldId" | "oldValues" | "newValues">; whose: string; names: Names };

/** What a field was, and what it is now. */
export function ChangeText({ change, whose, names }: Props) {
  const field = camelOf(change.field);
  const custom = names.fields.find(({ fieldId }) => fieldId === change.customFieldId);
  const name = field === "customValues" ? (custom?.name ?? t("clients.custom")) : t(`client.field.${field}` as Key);
  const say = (values: readonly string[]): string => values.map((value) => (field === "customValues" ? customChange(custom, value, names) : valueText(field, value, names))).join(", ") || "—";
  return (
    <span>
      {whose && `${whose} · `}
      {name}: <del className={sheet.old}>{say(change.oldValues)}</del> → <ins className={sheet.new}>{say(change.newValues)}</ins>
    </span>
  );
}
