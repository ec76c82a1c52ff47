import { useNavigate } from "@tanstack/react-router";
import type { Conversation, Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { ChannelTile } from "../../../ui/ChannelTile.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "../list/FilterBuilder.module.css";
import { sendAgain } from "../messages.ts";
import { useDialogsOfClient } from "../queries.ts";
import { whyNoReply } from "../whyNoReply.ts";

type Props = { conversation: Conversation; message: Message; onClose: () => void };

/** The client's other dialogs, each with the reason where nothing can be sent there. */
export function OtherChannels({ conversation, message, onClose }: Props) {
  useT();
  const navigate = useNavigate();
  const { rows, loaded } = useDialogsOfClient(conversation.person?.clientId ?? "");
  const others = rows.filter((row) => row.conversationId !== conversation.conversationId);
  const send = async (to: Conversation): Promise<void> => {
    onClose();
    const problem = await sendAgain(message, to.conversationId);
    if (problem) return toast(problemText(problem), { error: true });
    toast(t("failed.sentElsewhere", { where: `${channelTitle(to.channel)} · ${to.accountName}` }));
    void navigate({ to: "/inbox/$view/$conversationId", params: { view: "all", conversationId: to.conversationId }, search: {} });
  };
  return (
    <div className={css.panel}>
      {others.map((row, index) => {
        const refused = whyNoReply(row);
        return (
          <button key={row.conversationId} type="button" className={css.line} data-autofocus={index === 0 || undefined} disabled={refused !== ""} title={refused || undefined} onClick={() => void send(row)}>
            <ChannelTile channel={row.channel} title={channelTitle(row.channel)} />
            <span className={css.name}>{row.accountName}</span>
            <span className={css.detail}>{refused || channelTitle(row.channel)}</span>
          </button>
        );
      })}
      {loaded && others.length === 0 && <p className={css.none}>{t("failed.noElsewhere")}</p>}
    </div>
  );
}
