import { t } from "../../i18n/index.ts";
import { Section } from "../../ui/Page.tsx";
import { DeadLetterList } from "./DeadLetterList.tsx";

/** What came to one account and could not be read. */
export function DeadLetters({ accountId }: { accountId: string }) {
  return (
    <Section title={t("account.deadLetters")}>
      <DeadLetterList accountId={accountId} />
    </Section>
  );
}
