import { IconArrowBackUp, IconClock, IconCopy, IconDots, IconMoodSmile, IconPencil, IconTrash } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import { Direction, type Message, MessageKind, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t, withTexts } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, serverNow } from "../../../rpc/clock.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { part } from "../../../ui/part.ts";
import { toast } from "../../../ui/toasts.ts";
import { cancel, react, remove, reschedule } from "../messages.ts";
import { useThread } from "./context.ts";
import css from "./MessageActions.module.css";
import { shownAt } from "./order.ts";

const LaterDialog = part(() => withTexts(import("../composer/LaterDialog.tsx"), "work").then(({ LaterDialog: component }) => component), { ahead: true });

const EMOJI = ["👍", "❤", "🔥", "👏", "😁", "🙏"];

/** What can be done with a message; drawn only for the one that has the pointer or the focus. */
export function MessageActions({ message }: { message: Message }) {
  const { conversation, capabilities, reply, edit } = useThread();
  const real = message.kind === MessageKind.MESSAGE && !message.deletedAt;
  const ours = real && message.direction === Direction.OUT && isOut(message);
  const theirs = real && message.direction === Direction.IN;
  const text = message.content?.text ?? "";
  const waits = message.status === MessageStatus.QUEUED && millis(message.notBefore) > serverNow();
  const [moving, setMoving] = useState(false);
  const waiting = (): MenuItem[] => [
    { kind: "action", label: t("message.sendNow"), run: () => void reschedule(message, serverNow()).then(complain) },
    { kind: "action", label: t("message.changeTime"), run: () => setMoving(true) },
    { kind: "action", label: t("message.takeBack"), danger: true, run: () => void cancel(message).then(complain) },
  ];
  const more = (): MenuItem[] => [
    ...(capabilities?.edits && text ? [{ kind: "action" as const, label: t("message.edit"), lead: <IconPencil size={16} stroke={1.75} aria-hidden="true" />, run: () => edit(message) }] : []),
    ...(capabilities?.deletes ? [deletion(message, capabilities.deleteWithinSeconds)] : []),
  ];
  return (
    <div className={css.bar} role="toolbar" aria-label={t("message.actions")}>
      {(theirs || ours) && capabilities?.replies && (
        <IconButton small label={t("message.reply")} onClick={() => reply(message)}>
          <IconArrowBackUp size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
      {theirs && capabilities?.reactions && (
        <Menu label={t("message.react")} items={() => reactions(message)} place="top">
          {(button) => (
            <IconButton small label={t("message.react")} {...button}>
              <IconMoodSmile size={16} stroke={1.75} aria-hidden="true" />
            </IconButton>
          )}
        </Menu>
      )}
      {text && (
        <IconButton small label={t("message.copyText")} onClick={() => void copy(text)}>
          <IconCopy size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
      {waits && (
        <Menu label={t("message.waits")} items={waiting}>
          {(button) => (
            <IconButton small label={t("message.waits")} {...button}>
              <IconClock size={16} stroke={1.75} aria-hidden="true" />
            </IconButton>
          )}
        </Menu>
      )}
      {moving && (
        <Suspense>
          <LaterDialog replyUntil={millis(conversation.replyUntil)} latest={millis(message.notAfter)} onClose={() => setMoving(false)} onPick={(at) => void reschedule(message, at).then(complain)} />
        </Suspense>
      )}
      {ours && (capabilities?.edits || capabilities?.deletes) && (
        <Menu label={t("action.more")} items={more}>
          {(button) => (
            <IconButton small label={t("action.more")} {...button}>
              <IconDots size={16} stroke={1.75} aria-hidden="true" />
            </IconButton>
          )}
        </Menu>
      )}
    </div>
  );
}

function reactions(message: Message): MenuItem[] {
  const choices = EMOJI.map((emoji): MenuItem => ({ kind: "choice", label: emoji, chosen: emoji === message.ownReaction, run: () => void react(message, emoji).then(complain) }));
  return message.ownReaction ? [...choices, { kind: "line" }, { kind: "action", label: t("message.unreact"), run: () => void react(message, "").then(complain) }] : choices;
}

function deletion(message: Message, within: number): MenuItem {
  const tooOld = within > 0 && serverNow() - shownAt(message) > within * 1000;
  return {
    kind: "action",
    label: t("message.delete"),
    lead: <IconTrash size={16} stroke={1.75} aria-hidden="true" />,
    danger: true,
    run: () => void remove(message).then(complain),
    ...(tooOld ? { disabled: t("message.tooOld") } : {}),
  };
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
