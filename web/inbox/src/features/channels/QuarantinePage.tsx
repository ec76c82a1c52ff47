import { t, useT } from "../../i18n/index.ts";
import { isAdministrator, useMe } from "../../rpc/session.ts";
import { Page } from "../../ui/Page.tsx";
import { useTitle } from "../../ui/title.ts";
import css from "./channels.module.css";
import { DeadLetterList } from "./DeadLetterList.tsx";

/** What came to any account and could not be read: nothing of it is lost, somebody has to look at it. */
export function QuarantinePage() {
  useT();
  const administrator = isAdministrator(useMe().employee);
  useTitle(t("quarantine.title"));
  return (
    <Page title={t("quarantine.title")}>
      <p className={css.muted}>{administrator ? t("quarantine.hint") : t("quarantine.hintOwn")}</p>
      <DeadLetterList accountId="" />
    </Page>
  );
}
