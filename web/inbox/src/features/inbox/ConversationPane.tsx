import { IconMessageOff } from "@tabler/icons-react";
import { Suspense, useCallback, useMemo, useState } from "react";
import { useCommand } from "../../app/commands.ts";
import type { Conversation, Message } from "../../gen/okno/inbox/v1/conversation_pb.ts";
import { t, useT, withTexts } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { problemOf } from "../../rpc/errors.ts";
import { useEmployeeId } from "../../rpc/session.ts";
import { Boundary } from "../../ui/Boundary.tsx";
import { part } from "../../ui/part.ts";
import { Empty, Failure, SkeletonRows } from "../../ui/States.tsx";
import { THREE_PANES, useMedia } from "../../ui/useMedia.ts";
import { Composer, lastOwnOf } from "./composer/Composer.tsx";
import { editDraft, useDraft } from "./drafts.ts";
import { ThreadHeader } from "./header/ThreadHeader.tsx";
import { finish, snooze } from "./header/deeds.ts";
import { useThreadActions } from "./header/useThreadActions.ts";
import { useInboxGo } from "./location.ts";
import { nameOf } from "./names.ts";
import { useConversation, useQuoted, useThreadQuery } from "./queries.ts";
import { Thread } from "./thread/Thread.tsx";
import { messagesOf } from "./thread/order.ts";
import { useTellViewing } from "./viewing.ts";
import { useTitle } from "../../ui/title.ts";

const Dialogs = part(() => withTexts(import("./header/Dialogs.tsx"), "work").then(({ Dialogs: component }) => component), { ahead: true });
const Refused = part(() => withTexts(import("./Refused.tsx"), "work").then(({ Refused: component }) => component), { ahead: true });

type Props = { conversationId: string; around: bigint; panelOpen: boolean; onPanel: () => void; onNext: () => void };

/** The open conversation, or why there is none. */
export function ConversationPane(props: Props) {
  useT();
  const { data, isError, error, refetch } = useConversation(props.conversationId);
  if (isError && data === undefined) {
    const problem = problemOf(error);
    return <Failure what={t("thread.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  }
  if (data === undefined) return <SkeletonRows rows={4} height={72} />;
  if (data === null) return <Empty icon={IconMessageOff} title={t("thread.gone")} />;
  return <Open key={data.conversationId} {...props} conversation={data} />;
}

function Open({ conversation, around, panelOpen, onPanel, onNext }: Props & { conversation: Conversation }) {
  const go = useInboxGo();
  const me = useEmployeeId();
  const narrow = !useMedia(THREE_PANES);
  const { conversationId } = conversation;
  const { actions, dialog, setDialog } = useThreadActions(conversation, onNext);
  const [editing, setEditing] = useState<Message>();
  const [draft] = useDraft(conversationId);
  const { data } = useThreadQuery(conversationId, around);
  const messages = useMemo(() => messagesOf(data), [data]);
  const loaded = messages.find((message) => message.messageId === draft.replyTo);
  const fetched = useQuoted(draft.replyTo && !loaded ? draft.replyTo : "");

  const reply = useCallback(
    (message: Message) => {
      setEditing(undefined);
      editDraft(conversationId, { replyTo: message.messageId, mode: "reply" });
      document.getElementById("composer")?.focus();
    },
    [conversationId],
  );
  useTellViewing(conversationId);
  useTitle(nameOf(conversation), t("inbox.title"));
  useCommand("app.back", () => void go.list());
  const close = (): void => setDialog(undefined);

  return (
    <>
      <ThreadHeader conversation={conversation} actions={actions} panelOpen={panelOpen} onPanel={onPanel} onBack={() => void go.list()} narrow={narrow} />
      <Suspense>
        <Refused conversationId={conversationId} />
      </Suspense>
      <Boundary key={String(around)} what={t("thread.crashed")}>
        <Thread conversation={conversation} around={around} reply={reply} edit={setEditing} />
      </Boundary>
      <Composer
        conversation={conversation}
        messages={messages}
        editing={editing}
        replyTo={loaded ?? fetched ?? undefined}
        lastOwn={lastOwnOf(messages, me)}
        onEdit={setEditing}
        onFinish={() => void finish(conversation, onNext)}
        onSnooze={(at) => (onNext(), void snooze(conversation, at))}
      />
      <Suspense>
        {dialog && <Dialogs dialog={dialog} conversation={conversation} onClose={close} onNext={onNext} />}
      </Suspense>
    </>
  );
}
