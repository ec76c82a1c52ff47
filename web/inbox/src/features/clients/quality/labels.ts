import { type Key, t } from "../../../i18n/index.ts";
import { camelOf, fieldName } from "../form.ts";

const CUSTOM = "custom_values:";
const ADDRESS = "addresses:";
export const POTENTIAL = "potential:";

/** What a requirement is called: "addresses:phone", "inn", "custom_values:<id>", "contacts", "potential:empty". */
export function labelOf(key: string, fields: readonly { fieldId: string; name: string }[]): string {
  if (key.startsWith(CUSTOM)) return fields.find(({ fieldId }) => fieldId === key.slice(CUSTOM.length))?.name ?? "…";
  if (key.startsWith(ADDRESS)) return t(`clients.address.${key.slice(ADDRESS.length)}` as Key);
  if (key.startsWith(POTENTIAL)) return t(`quality.potential.${key.slice(POTENTIAL.length)}` as Key);
  if (key === "contacts") return t("quality.contacts");
  return fieldName(camelOf(key));
}

/** Leads to the field that is called so, within a form: by its label, its legend, or what names a group. */
export function focusField(within: HTMLElement | null, label: string): void {
  requestAnimationFrame(() => {
    const said = [...(within?.querySelectorAll<HTMLElement>("label, legend, [aria-label], h2") ?? [])];
    const found = said.find((one) => (one.getAttribute("aria-label") ?? one.textContent ?? "").trim() === label) ?? said.find((one) => (one.textContent ?? "").trim().startsWith(label));
    const box = found?.closest<HTMLElement>("section, fieldset, div");
    const field = found instanceof HTMLLabelElement ? found.control : box?.querySelector<HTMLElement>("input, select, textarea, button");
    (field as HTMLElement | null | undefined)?.focus();
    (field ?? found)?.scrollIntoView({ block: "center" });
  });
}
