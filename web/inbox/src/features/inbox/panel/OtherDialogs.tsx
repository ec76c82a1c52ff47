import { Link } from "@tanstack/react-router";
import { channelTitle } from "../../../i18n/channel.ts";
import { t } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { ChannelTile } from "../../../ui/ChannelTile.tsx";
import { Counter } from "../../../ui/Counter.tsx";
import { Time } from "../../../ui/Time.tsx";
import { stateName } from "../header/stateName.ts";
import { previewOf } from "../names.ts";
import { useDialogsOfClient } from "../queries.ts";
import { Block } from "./Block.tsx";
import css from "./CustomerPanel.module.css";

/** The same client's dialogs in the other channels and accounts. */
export function OtherDialogs({ clientId, conversationId }: { clientId: string; conversationId: string }) {
  const now = useNow(60_000);
  const { rows } = useDialogsOfClient(clientId);
  const others = rows.filter((row) => row.conversationId !== conversationId);
  if (others.length === 0) return null;
  return (
    <Block name="dialogs" title={t("panel.otherDialogs", { n: others.length })}>
      <ul className={css.rows}>
        {others.map((row) => (
          <li key={row.conversationId}>
            <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId: row.conversationId }} search={{}} className={css.row}>
              <ChannelTile channel={row.channel} title={channelTitle(row.channel)} />
              <span className={css.rowText}>
                <span className={css.rowTitle}>
                  {channelTitle(row.channel)} · {row.accountName}
                </span>
                <span className={css.rowMeta}>{row.request ? t(stateName(row.request.state)) : previewOf(row.lastMessage)}</span>
              </span>
              <Counter n={row.unread} strong />
              <Time className={css.rowMeta} at={millis(row.lastActivityAt)} now={now} />
            </Link>
          </li>
        ))}
      </ul>
    </Block>
  );
}
