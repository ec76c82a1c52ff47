import { Link } from "@tanstack/react-router";
import { type Conversation, RequestState } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { ChannelTile } from "../../../ui/ChannelTile.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import { Counter } from "../../../ui/Counter.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Time } from "../../../ui/Time.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { useDialogs } from "../queries.ts";

/** What is open with them, and what was said before. */
export function Dialogs({ clientId }: { clientId: string }) {
  const now = useNow(60_000);
  const { data } = useDialogs(clientId);
  if (!data) return null;
  const open = data.filter(isOpen);
  return (
    <Section title={t("clients.dialogs", { n: open.length })}>
      {data.length === 0 ? (
        <p className={css.muted}>{t("clients.noDialogs")}</p>
      ) : (
        <ul className={sheet.list}>
          {[...open, ...data.filter((row) => !isOpen(row))].map((row) => (
            <li key={row.conversationId} className={css.item}>
              <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId: row.conversationId }} search={{}} className={sheet.dialog}>
                <ChannelTile channel={row.channel} title={channelTitle(row.channel)} />
                <span className={sheet.itemText}>
                  <span>
                    {channelTitle(row.channel)} · {row.accountName}
                  </span>
                  <span className={css.cut}>{row.lastMessage?.text ?? ""}</span>
                </span>
                <Counter n={row.unread} strong />
                {isOpen(row) && <Chip tone="accent">{row.request?.assigneeName || t("clients.openRequest")}</Chip>}
                <Time className={css.muted} at={millis(row.lastActivityAt)} now={now} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function isOpen({ request }: Conversation): boolean {
  return request !== undefined && request.state !== RequestState.DONE && request.state !== RequestState.REJECTED && request.state !== RequestState.UNSPECIFIED;
}
