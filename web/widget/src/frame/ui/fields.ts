import type { Field } from "../../shared/config.ts";
import { has, t, type Key } from "../i18n/index.ts";

/** The site's own words, or ours for the four that we know. */
export function titleOf({ name, title }: Field): string {
  const key = `form.${name}`;
  return title || (has(key) ? t(key) : name);
}

/** What is wrong with a value, in words. Generous: the server and a human look as well. */
export function wrong(field: Field, value: string): string {
  const given = value.trim();
  if (!given) return field.required ? t("form.required") : "";
  const bad: Partial<Record<Field["kind"], [boolean, Key]>> = {
    email: [!/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(given), "form.badEmail"],
    phone: [given.replace(/\D/g, "").length < 7 || /[^\d\s()+.-]/.test(given), "form.badPhone"],
  };
  const [is, key] = bad[field.kind] ?? [false, "form.required"];
  return is ? t(key) : "";
}
