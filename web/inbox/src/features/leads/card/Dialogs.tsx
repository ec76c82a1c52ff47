import { Link } from "@tanstack/react-router";
import type { Lead } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { ChannelTile } from "../../../ui/ChannelTile.tsx";
import { Counter } from "../../../ui/Counter.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Time } from "../../../ui/Time.tsx";
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { useLeadDialogs } from "../queries.ts";

/** What was said, in whatever channel. */
export function Dialogs({ lead }: { lead: Lead }) {
  const now = useNow(60_000);
  const { data } = useLeadDialogs(lead);
  if (!data) return null;
  return (
    <Section title={t("leads.dialogs")}>
      {data.length === 0 ? (
        <p className={css.muted}>{t("leads.noDialogs")}</p>
      ) : (
        <ul className={sheet.list}>
          {data.map((row) => (
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
                <Time className={css.muted} at={millis(row.lastActivityAt)} now={now} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
