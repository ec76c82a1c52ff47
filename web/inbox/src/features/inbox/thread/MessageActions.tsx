import { ActionIcon, Menu } from "@mantine/core";
import { IconArrowBackUp, IconCopy, IconDots, IconMoodSmile, IconPencil, IconTrash } from "@tabler/icons-react";
import { Direction, type Message, MessageKind, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, serverNow } from "../../../rpc/clock.ts";
import { toast } from "../../../ui/toasts.ts";
import { react, remove } from "../messages.ts";
import { useThread } from "./context.ts";
import css from "./MessageActions.module.css";
import { shownAt } from "./order.ts";

const EMOJI = ["👍", "❤", "🔥", "👏", "😁", "🙏"];

/** What can be done with a message; drawn only for the one that has the pointer or the focus. */
export function MessageActions({ message }: { message: Message }) {
  const { capabilities, reply, edit } = useThread();
  const real = message.kind === MessageKind.MESSAGE && !message.deletedAt;
  const ours = real && message.direction === Direction.OUT && isOut(message);
  const canReply = real && (capabilities?.replies ?? false) && (message.direction === Direction.IN || ours);
  const canReact = real && (capabilities?.reactions ?? false) && message.direction === Direction.IN;
  const text = message.content?.text ?? "";
  return (
    <div className={css.bar} role="toolbar" aria-label={t("message.actions")}>
      {canReply && (
        <ActionIcon size="sm" aria-label={t("message.reply")} title={t("message.reply")} onClick={() => reply(message)}>
          <IconArrowBackUp size={16} stroke={1.75} />
        </ActionIcon>
      )}
      {canReact && <Reactions message={message} />}
      {text && (
        <ActionIcon size="sm" aria-label={t("message.copyText")} title={t("message.copyText")} onClick={() => void copy(text)}>
          <IconCopy size={16} stroke={1.75} />
        </ActionIcon>
      )}
      {ours && (capabilities?.edits || capabilities?.deletes) && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon size="sm" aria-label={t("action.more")}>
              <IconDots size={16} stroke={1.75} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {capabilities?.edits && text && (
              <Menu.Item leftSection={<IconPencil size={16} stroke={1.75} />} onClick={() => edit(message)}>
                {t("message.edit")}
              </Menu.Item>
            )}
            {capabilities?.deletes && <Delete message={message} within={capabilities.deleteWithinSeconds} />}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}

function Reactions({ message }: { message: Message }) {
  return (
    <Menu position="top">
      <Menu.Target>
        <ActionIcon size="sm" aria-label={t("message.react")} title={t("message.react")}>
          <IconMoodSmile size={16} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={css.emoji}>
          {EMOJI.map((emoji) => (
            <Menu.Item key={emoji} aria-label={emoji} onClick={() => void react(message, emoji).then(complain)}>
              {emoji}
            </Menu.Item>
          ))}
        </div>
        <Menu.Item onClick={() => void react(message, "").then(complain)}>{t("message.unreact")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Delete({ message, within }: { message: Message; within: number }) {
  const tooOld = within > 0 && serverNow() - shownAt(message) > within * 1000;
  return (
    <Menu.Item data-danger leftSection={<IconTrash size={16} stroke={1.75} />} disabled={tooOld} title={tooOld ? t("message.tooOld") : undefined} onClick={() => void remove(message).then(complain)}>
      {t("message.delete")}
    </Menu.Item>
  );
}

/** Has it reached the channel, so that it can be quoted, changed, deleted there? */
export function isOut(message: Message): boolean {
  return message.status === MessageStatus.SENT || message.status === MessageStatus.DELIVERED || message.status === MessageStatus.READ || (message.direction === Direction.OUT && message.status === MessageStatus.UNSPECIFIED && millis(message.shownAt) > 0);
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  toast(t("action.copied"));
}

function complain(problem: Awaited<ReturnType<typeof react>>): void {
  if (problem) toast(problemText(problem), { error: true });
}
