import { Button } from "@mantine/core";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import type { Problem } from "../../rpc/errors.ts";
import { Strip } from "../../ui/Strip.tsx";
import { forgetRefusal, useRefusal } from "./actions.ts";
import css from "./ConversationPane.module.css";

/** "Already taken by X" and other refusals: a line, not a window. */
export function Refused({ conversationId }: { conversationId: string }) {
  useT();
  const problem = useRefusal(conversationId);
  if (!problem) return null;
  return (
    <Strip
      tone="amber"
      actions={
        <Button className={css.dismiss} size="compact-sm" variant="default" onClick={() => forgetRefusal(conversationId)}>
          {t("action.dismiss")}
        </Button>
      }
    >
      {refusalText(problem)}
    </Strip>
  );
}

function refusalText(problem: Problem): string {
  if (problem.reason !== "REQUEST_TAKEN") return `${t("refused.title")} ${problemText(problem)}`;
  const name = problem.metadata["employee_name"];
  return name ? t("taken.by", { name }) : t("taken.byOther");
}
