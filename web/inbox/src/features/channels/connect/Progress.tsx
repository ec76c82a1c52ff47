import { IconCheck, IconCircle, IconCircleDot } from "@tabler/icons-react";
import { t } from "../../../i18n/index.ts";
import css from "../channels.module.css";

const STEPS = ["connect.step.identity", "connect.step.credentials", "connect.step.firstEvent", "connect.step.assignment"] as const;

/** Where one is on the way; done, here, to come: told apart by shape and by word. */
export function Progress({ at }: { at: number }) {
  return (
    <ol className={css.progress} aria-label={t("connect.step", { n: at + 1, of: STEPS.length })}>
      {STEPS.map((step, index) => {
        const Icon = index < at ? IconCheck : index === at ? IconCircleDot : IconCircle;
        return (
          <li key={step} aria-current={index === at ? "step" : undefined} data-done={index < at || undefined}>
            <Icon size={16} stroke={1.75} aria-hidden="true" />
            {t(step)}
            {index < at && <span className="visually-hidden">{t("connect.stepDone")}</span>}
          </li>
        );
      })}
    </ol>
  );
}
