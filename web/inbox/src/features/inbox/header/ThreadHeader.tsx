import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import { IconArrowLeft, IconDots, IconLayoutSidebarRight } from "@tabler/icons-react";
import { keyOf } from "../../../app/commands.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { useT } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { ChannelTile } from "../../../ui/ChannelTile.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import { Due } from "../../../ui/Due.tsx";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import { PHONE, useMedia } from "../../../ui/useMedia.ts";
import { nearestDue } from "../list/Row.tsx";
import { nameOf } from "../names.ts";
import { isOpen, isUnassigned } from "../views.ts";
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
  return (
    <header className={css.head}>
      {narrow && (
        <ActionIcon aria-label={t("thread.toList")} onClick={onBack}>
          <IconArrowLeft size={20} stroke={1.75} />
        </ActionIcon>
      )}
      <ChannelTile channel={conversation.channel} title={channelTitle(conversation.channel)} />
      <div className={css.who}>
        <h2 className={css.name} tabIndex={-1} data-heading>
          {nameOf(conversation)}
        </h2>
        <Whose conversation={conversation} />
      </div>
      {due > 0 && <Due now={now} from={millis(conversation.request?.receivedAt)} due={due} />}
      <Main conversation={conversation} actions={actions} compact={phone} />
      <More conversation={conversation} actions={actions} compact={phone} />
      <Tooltip label={`${t("panel.open")} ${keyOf("app.panel")}`}>
        <ActionIcon aria-label={t("panel.open")} aria-expanded={panelOpen} onClick={onPanel}>
          <IconLayoutSidebarRight size={20} stroke={1.75} />
        </ActionIcon>
      </Tooltip>
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
      {(!request || isUnassigned(conversation) || !isOpen(conversation)) && <Chip>{t(stateName(request?.state))}</Chip>}
    </p>
  );
}

/** One primary button: take what is nobody's, finish what is mine; for what is someone's there is none. */
function Main({ conversation, actions, compact }: { conversation: Conversation; actions: ThreadActions; compact: boolean }) {
  const t = useT();
  const me = useEmployeeId();
  const mine = isOpen(conversation) && conversation.request?.assigneeEmployeeId === me;
  return (
    <>
      {isOpen(conversation) && !compact && (
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
  const open = isOpen(conversation);
  const mine = conversation.request?.assigneeEmployeeId === me;
  const someones = open && !isUnassigned(conversation) && !mine;
  const key = (id: Parameters<typeof keyOf>[0]) => <KeyCap>{keyOf(id)}</KeyCap>;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t("action.more")}>
          <IconDots size={20} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {open && compact && (
          <Menu.Item onClick={actions.transfer} rightSection={key("conversation.assign")}>
            {t("action.transfer")}
          </Menu.Item>
        )}
        {someones && <Menu.Item onClick={actions.takeOver}>{t("action.takeOver")}</Menu.Item>}
        {open && !mine && (
          <Menu.Item onClick={actions.finish} rightSection={key("conversation.finish")}>
            {t("action.finish")}
          </Menu.Item>
        )}
        {open && (
          <Menu.Item onClick={actions.snooze} rightSection={key("conversation.snooze")}>
            {t("action.snooze")}
          </Menu.Item>
        )}
        {open && <Menu.Item onClick={actions.reject}>{t("action.reject")}</Menu.Item>}
        {!open && <Menu.Item onClick={actions.reopen}>{t("action.reopen")}</Menu.Item>}
        <Menu.Divider />
        <Menu.Item onClick={actions.unread} rightSection={key("conversation.unread")}>
          {t("action.markUnread")}
        </Menu.Item>
        <Menu.Item onClick={actions.copyLink}>{t("action.copyLink")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
