import { useQuery } from "@connectrpc/connect-query";
import { ConversationService } from "../../../gen/okno/inbox/v1/conversation_service_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, serverNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Later } from "../../../ui/States.tsx";
import css from "./Foot.module.css";

/** What an edited message said before. */
export function Versions({ messageId }: { messageId: string }) {
  const { data, error } = useQuery(ConversationService.method.listMessageVersions, { messageId, pageSize: 50 }, { staleTime: 0 });
  if (error) return <p role="alert">{problemText(problemOf(error))}</p>;
  if (!data) return <Later>{t("state.loading")}</Later>;
  return (
    <section className={css.versions} aria-label={t("message.versions")}>
      <p className={css.versionsTitle}>{t("message.versions")}</p>
      {data.versions.length === 0 && <p>{t("message.noVersions")}</p>}
      {data.versions.map((version, index) => (
        <div key={index}>
          <p className={css.until}>{t("message.versionUntil", { time: dayAndClock(millis(version.until), serverNow()) })}</p>
          <p className={css.versionText}>{version.content?.text}</p>
        </div>
      ))}
    </section>
  );
}
