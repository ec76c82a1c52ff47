import { IconCheck } from "@tabler/icons-react";
import { type Key, t } from "../../../i18n/index.ts";
import css from "./imports.module.css";

const STEPS = ["file", "columns", "check", "load"] as const;
export type Step = (typeof STEPS)[number];

/** Where one is on the way, and what is behind. */
export function Steps({ step, done = false }: { step: Step; /** The last one is behind too. */ done?: boolean }) {
  const at = STEPS.indexOf(step);
  return (
    <ol className={css.steps} aria-label={t("imports.steps")}>
      {STEPS.map((name, index) => {
        const behind = index < at || (done && index === at);
        return (
          <li key={name} className={css.step} aria-current={index === at ? "step" : undefined} data-done={behind || undefined}>
            <span className={css.mark} aria-hidden="true">
              {behind ? <IconCheck size={14} stroke={2.5} /> : index + 1}
            </span>
            {t(`imports.step.${name}` as Key)}
          </li>
        );
      })}
    </ol>
  );
}
