import { Button } from "@mantine/core";
import { t, useT } from "../../i18n/index.ts";
import { KeyCap } from "../KeyCap.tsx";
import { Strip } from "../Strip.tsx";
import css from "./SaveBar.module.css";

type Props = {
  /** How many fields are not saved. */
  changes: number;
  busy: boolean;
  /** Why the last attempt failed, in words. */
  problem?: string | undefined;
  /** The key that saves, as people write it. */
  hint?: string;
  onSave: () => void;
  onCancel: () => void;
};

/** Sticks to the bottom edge while something is not saved. */
export function SaveBar({ changes, busy, problem, hint, onSave, onCancel }: Props) {
  useT();
  if (changes === 0 && !problem) return null;
  return (
    <div className={css.bar} role="group" aria-label={t("form.unsaved", { n: changes })}>
      {problem && <Strip tone="red">{problem}</Strip>}
      {changes > 0 && (
        <div className={css.line}>
          <span className={css.what}>{t("form.unsaved", { n: changes })}</span>
          <Button variant="default" onClick={onCancel}>
            {t("action.cancel")}
          </Button>
          <Button loading={busy} onClick={onSave} rightSection={hint && <KeyCap>{hint}</KeyCap>}>
            {t("action.save")}
          </Button>
        </div>
      )}
    </div>
  );
}
