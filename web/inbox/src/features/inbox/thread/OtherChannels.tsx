import { useNavigate } from "@tanstack/react-router";
import type { Conversation, Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { ChannelTile } from "../../../ui/ChannelTile.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "../list/FilterBuilder.module.css";
import { sendAgain } from "../messages.ts";
import { useAccount, useDialogsOfClient } from "../queries.ts";
import { wantTemplate } from "../templates/wish.ts";
import { whyNoReply } from "../whyNoReply.ts";

type Props = { conversation: Conversation; message: Message; onClose: () => void };

/** The client's other dialogs, each with the reason where nothing can be sent there. */
export function OtherChannels({ conversation, message, onClose }: Props) {
  useT();
  const navigate = useNavigate();
  const { rows, loaded } = useDialogsOfClient(conversation.person?.clientId ?? "");
  const others = rows.filter((row) => row.conversationId !== conversation.conversationId);
  const show = (to: Conversation): void => void navigate({ to: "/inbox/$view/$conversationId", params: { view: "all", conversationId: to.conversationId }, search: {} });
  const send = async (to: Conversation): Promise<void> => {
    onClose();
    const problem = await sendAgain(message, to.conversationId);
    if (problem) return toast(problemText(problem), { error: true });
    toast(t("failed.sentElsewhere", { where: `${channelTitle(to.channel)} · ${to.accountName}` }));
    show(to);
  };
  const template = (to: Conversation): void => {
    onClose();
    wantTemplate(to.conversationId);
    show(to);
  };
  return (
    <div className={css.panel}>
      {others.map((row, index) => (
        <Other key={row.conversationId} row={row} first={index === 0} onSend={() => void send(row)} onTemplate={() => template(row)} />
      ))}
      {loaded && others.length === 0 && <p className={css.none}>{t("failed.noElsewhere")}</p>}
    </div>
  );
}

type OtherProps = { row: Conversation; first: boolean; onSend: () => void; onTemplate: () => void };

/** Where only the window is closed, and the channel has templates, one of them can go. */
function Other({ row, first, onSend, onTemplate }: OtherProps) {
  const account = useAccount(row.accountId);
  const refused = whyNoReply(row);
  const instead = row.canReply && !row.blocked && refused !== "" && account?.enabled && account.capabilities?.templates;
  const detail = instead ? t("templates.instead") : refused || channelTitle(row.channel);
  return (
    <button type="button" className={css.line} data-autofocus={first || undefined} disabled={refused !== "" && !instead} title={refused || undefined} onClick={instead ? onTemplate : onSend}>
      <ChannelTile channel={row.channel} title={channelTitle(row.channel)} />
      <span className={css.name}>{row.accountName}</span>
      <span className={css.detail}>{detail}</span>
    </button>
  );
}
