import { Button } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { t, useT } from "../../i18n/index.ts";
import { Dialog } from "../Dialog.tsx";
import css from "./form.module.css";

/** Asks once before unsaved changes are left behind: by a link, by Back, by closing the tab. */
export function LeaveGuard({ dirty }: { dirty: boolean }) {
  useT();
  const blocker = useBlocker({
    // A form may be a card's other face: then the address says so in its search.
    shouldBlockFn: ({ current, next }) => dirty && (current.pathname !== next.pathname || isForm(current) !== isForm(next)),
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  return (
    <Dialog title={t("form.leaveTitle")} onClose={blocker.reset}>
      <p>{t("form.leaveHint")}</p>
      <div className={css.end}>
        <Button variant="default" onClick={blocker.proceed}>
          {t("form.leave")}
        </Button>
        <Button data-autofocus onClick={blocker.reset}>
          {t("form.stay")}
        </Button>
      </div>
    </Dialog>
  );
}

function isForm({ search }: { search: object }): boolean {
  return "edit" in search;
}
