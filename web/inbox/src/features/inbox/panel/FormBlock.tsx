import { t } from "../../../i18n/index.ts";
import { useThreadQuery } from "../queries.ts";
import { messagesOf } from "../thread/order.ts";
import { Block, Lines } from "./Block.tsx";

/** What the customer filled in last, of what is loaded of the thread. */
export function FormBlock({ conversationId }: { conversationId: string }) {
  const { data } = useThreadQuery(conversationId, 0n);
  const fields = messagesOf(data).findLast((message) => !message.deletedAt && (message.content?.form.length ?? 0) > 0)?.content?.form ?? [];
  if (fields.length === 0) return null;
  return (
    <Block name="form" title={t("panel.form")}>
      <Lines lines={fields.map((field) => ({ label: field.title || field.name, value: field.value || "—" }))} />
    </Block>
  );
}
