import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import css from "./channels.module.css";
import { localText } from "./localText.ts";
import { passed, type Probe } from "./useProbe.ts";

/** What was tried on the provider, step by step, and which one failed. */
export function ProbeSteps({ probe }: { probe: Probe }) {
  return (
    <div className={css.probe} role="status">
      {probe.busy && <p className={css.muted}>{t("connect.checking")}</p>}
      {probe.problem && <p className={css.problem}>{problemText(probe.problem)}</p>}
      {!probe.busy &&
        probe.result?.steps.map((step, index) => (
          <p key={index} className={step.passed ? css.ok : css.problem}>
            {step.passed ? <IconCheck size={16} stroke={1.75} aria-hidden="true" /> : <IconAlertTriangle size={16} stroke={1.75} aria-hidden="true" />}
            <span>
              {localText(step.title)}
              {!step.passed && `: ${localText(step.problem)}`}
            </span>
          </p>
        ))}
      {!probe.busy && passed(probe) && probe.result?.identity && <p className={css.ok}>{t("connect.checked", { identity: probe.result.identity })}</p>}
    </div>
  );
}
