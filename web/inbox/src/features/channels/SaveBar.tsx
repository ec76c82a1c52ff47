import { Button } from "@mantine/core";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import type { Problem } from "../../rpc/errors.ts";
import { Strip } from "../../ui/Strip.tsx";
import css from "./channels.module.css";
import { refreshAccounts } from "./queries.ts";

type Props = { dirty: boolean; busy: boolean; problem: Problem | undefined; onSave: () => void; onCancel: () => void };

/** Appears when something is not saved; a change by someone else asks to load anew. */
export function SaveBar({ dirty, busy, problem, onSave, onCancel }: Props) {
  if (!dirty && !problem) return null;
  const stale = problem?.reason === "ETAG_MISMATCH";
  return (
    <>
      {problem && (
        <Strip
          tone="amber"
          actions={
            stale && (
              <Button variant="default" size="compact-sm" onClick={refreshAccounts}>
                {t("account.reload")}
              </Button>
            )
          }
        >
          {stale ? t("account.stale") : problemText(problem)}
        </Strip>
      )}
      {dirty && (
        <div className={css.save}>
          <span className={css.muted}>{t("account.unsaved")}</span>
          <Button variant="default" onClick={onCancel}>
            {t("action.cancel")}
          </Button>
          <Button loading={busy} onClick={onSave}>
            {t("action.save")}
          </Button>
        </div>
      )}
    </>
  );
}
