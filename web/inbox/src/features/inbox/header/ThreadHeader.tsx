import { Button } from "@mantine/core";
import { IconArrowLeft, IconDots, IconEye, IconLayoutSidebarRight } from "@tabler/icons-react";
import { type CommandId, keyOf } from "../../../app/commands.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { type Key, useT } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { ChannelTile } from "../../../ui/ChannelTile.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import { Due } from "../../../ui/Due.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { PHONE, useMedia } from "../../../ui/useMedia.ts";

import { nameOf } from "../names.ts";
import { useViewers } from "../viewing.ts";
import { isOpen, isUnassigned, nearestDue } from "../views.ts";
import { stateName } from "./stateName.ts";
import type { ThreadActions } from "./useThreadActions.ts";
import css from "./ThreadHeader.module.css";

type Props = { conversation: Conversation; actions: ThreadActions; panelOpen: boolean; onPanel: () => void; onBack: () => void; narrow: boolean };

/** Who, whose, by when, and the one next thing to do. */
export function ThreadHeader({ conversation, actions, panelOpen, onPanel, onBack, narrow }: Props) {
  const t = useT();
  const now = useNow(60_000);
  const phone = useMedia(PHONE);
  const due = nearestDue(conversation);
  // Beside the list its title is the page's; alone this is.
  const Heading = narrow ? "h1" : "h2";
  return (
    <header className={css.head}>
      {narrow && (
        <IconButton label={t("thread.toList")} onClick={onBack}>
          <IconArrowLeft size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
      {!phone && <ChannelTile channel={conversation.channel} title={channelTitle(conversation.channel)} />}
      <div className={css.who}>
        <Heading className={css.name} tabIndex={-1} data-heading>
          {phone ? (
            <button type="button" className={css.nameButton} onClick={onPanel}>
              {nameOf(conversation)}
            </button>
          ) : (
            nameOf(conversation)
          )}
        </Heading>
        <Whose conversation={conversation} />
      </div>
      {due > 0 && <Due now={now} from={millis(conversation.request?.receivedAt)} due={due} />}
      <Main conversation={conversation} actions={actions} compact={phone} />
      <More conversation={conversation} actions={actions} compact={phone} />
      {!phone && (
        <IconButton label={t("panel.open")} title={`${t("panel.open")} ${keyOf("app.panel")}`} aria-expanded={panelOpen} onClick={onPanel}>
          <IconLayoutSidebarRight size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
    </header>
  );
}

function Whose({ conversation }: { conversation: Conversation }) {
  const t = useT();
  const me = useEmployeeId();
  const { request, accountName } = conversation;
  const responsible = !request ? "" : request.assigneeEmployeeId === me ? t("request.you") : request.assigneeName;
  return (
    <p className={css.whose}>
      <span className={css.account}>{accountName}</span>
      {responsible && <span className={css.account}>· {t("thread.responsible", { name: responsible })}</span>}
      <Watching conversationId={conversation.conversationId} me={me} />
      {(!request || isUnassigned(conversation) || !isOpen(conversation)) && <Chip>{t(stateName(request?.state))}</Chip>}
    </p>
  );
}

/** Who else has it open: so that two do not answer the same. */
function Watching({ conversationId, me }: { conversationId: string; me: string }) {
  const t = useT();
  const employees = useEmployees();
  const others = useViewers(conversationId).filter((id) => id !== me);
  if (others.length === 0) return null;
  const names = others.map((id) => employees.get(id)?.name ?? t("thread.colleague"));
  return (
    <span className={css.watching} title={names.join(", ")}>
      <IconEye size={14} stroke={1.75} aria-hidden="true" />
      <span className={css.account}>{names.length === 1 ? t("thread.watches", { name: names[0] ?? "" }) : t("thread.watch", { n: names.length })}</span>
    </span>
  );
}

/** One primary button: take what is nobody's, finish what is mine; for what is someone's there is none. */
function Main({ conversation, actions, compact }: { conversation: Conversation; actions: ThreadActions; compact: boolean }) {
  const t = useT();
  const me = useEmployeeId();
  const mine = isOpen(conversation) && conversation.request?.assigneeEmployeeId === me;
  return (
    <>
      {isOpen(conversation) && !conversation.personal && !compact && (
        <Button variant="default" onClick={actions.transfer} rightSection={<KeyCap>{keyOf("conversation.assign")}</KeyCap>}>
          {t("action.transfer")}
        </Button>
      )}
      {isUnassigned(conversation) && (
        <Button onClick={actions.take} rightSection={compact ? undefined : <KeyCap>{keyOf("conversation.take")}</KeyCap>}>
          {t("action.take")}
        </Button>
      )}
      {mine && (
        <Button onClick={actions.finish} rightSection={compact ? undefined : <KeyCap>{keyOf("conversation.finish")}</KeyCap>}>
          {t("action.finish")}
        </Button>
      )}
    </>
  );
}

function More({ conversation, actions, compact }: { conversation: Conversation; actions: ThreadActions; compact: boolean }) {
  const t = useT();
  const me = useEmployeeId();
  const items = (): MenuItem[] => {
    const open = isOpen(conversation);
    const mine = conversation.request?.assigneeEmployeeId === me;
    const item = (when: boolean, label: Key, run: () => void, command?: CommandId): MenuItem[] =>
      when ? [{ kind: "action", label: t(label), run, ...(command ? { hint: keyOf(command) } : {}) }] : [];
    return [
      ...item(open && !conversation.personal && compact, "action.transfer", actions.transfer, "conversation.assign"),
      ...item(open && !isUnassigned(conversation) && !mine, "action.takeOver", actions.takeOver),
      ...item(open && !mine, "action.finish", actions.finish, "conversation.finish"),
      ...item(open, "action.snooze", actions.snooze, "conversation.snooze"),
      ...item(open, "action.reject", actions.reject),
      ...item(conversation.unlinked, "action.setAside", actions.setAside),
      ...item(!open, "action.reopen", actions.reopen),
      { kind: "line" },
      ...(actions.move ? item(true, "action.move", actions.move, "conversation.move") : []),
      ...item(true, "action.markUnread", actions.unread, "conversation.unread"),
      ...item(true, "action.copyLink", actions.copyLink),
    ];
  };
  return (
    <Menu label={t("action.more")} items={items}>
      {(button) => (
        <IconButton label={t("action.more")} {...button}>
          <IconDots size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
    </Menu>
  );
}
