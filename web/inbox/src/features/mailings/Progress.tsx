import type { MailingCounts } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { count } from "../../i18n/format.ts";
import { t, useT } from "../../i18n/index.ts";
import css from "./mailings.module.css";

/** How far it has come: who needs no letter any more counts as done. */
export function Progress({ counts, label }: { counts: MailingCounts | undefined; label: string }) {
  useT();
  const { total = 0, waiting = 0, queued = 0, failed = 0, unknown = 0 } = counts ?? {};
  const done = total - waiting - queued;
  const share = (n: number): string => `${total === 0 ? 0 : (100 * n) / total}%`;
  const bad = failed + unknown;
  return (
    <div className={css.bar} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={total} aria-valuenow={done} aria-valuetext={t("mailings.progress", { done: count(done), total: count(total) })}>
      <span data-part="good" style={{ inlineSize: share(done - bad) }} />
      <span data-part="bad" style={{ inlineSize: share(bad) }} />
      <span data-part="queued" style={{ inlineSize: share(queued) }} />
    </div>
  );
}
