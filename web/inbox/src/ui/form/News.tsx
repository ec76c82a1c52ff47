import { Button } from "@mantine/core";
import { t, useT } from "../../i18n/index.ts";
import { Strip } from "../Strip.tsx";
import css from "./form.module.css";
import type { Edit } from "./useEdit.ts";

type Props<T> = {
  edit: Edit<T>;
  /** What a field is called. */
  name: (field: keyof T & string) => string;
  /** A value in words. */
  say: (field: keyof T & string, value: T) => string;
};

/** Someone else saved this meanwhile: what is new, and both values where both changed the same. */
export function News<T>({ edit, name, say }: Props<T>) {
  useT();
  if (edit.news.length === 0) return null;
  const clashes = edit.clashes as (keyof T & string)[];
  const news = edit.news as (keyof T & string)[];
  return (
    <Strip tone="amber">
      <span className={css.news}>
        <span>{t("form.news", { fields: news.map(name).join(", ") })}</span>
        {clashes.map((field) => (
          <span key={field} className={css.theirs}>
            {t("form.clash", { field: name(field), theirs: say(field, edit.base) || "—", mine: say(field, edit.form) || "—" })}
            <Button variant="default" size="compact-sm" onClick={() => edit.take(field)}>
              {t("form.takeTheirs")}
            </Button>
          </span>
        ))}
      </span>
    </Strip>
  );
}
