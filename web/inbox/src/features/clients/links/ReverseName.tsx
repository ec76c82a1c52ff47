import { t } from "../../../i18n/index.ts";
import { TextField } from "../fields/controls.tsx";

/** How a kind of link is called from the other side. */
export function ReverseName({ error, value, onChange }: { error: string | undefined; value: string; onChange: (name: string) => void }) {
  return <TextField label={t("links.reverse")} hint={t("links.reverseHint")} error={error} most={200} value={value} onChange={onChange} />;
}
