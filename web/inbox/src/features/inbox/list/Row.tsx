import { IconArrowBackUp } from "@tabler/icons-react";
import { memo } from "react";
import { type Conversation, Direction, MessageKind, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t, useT } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import { Counter } from "../../../ui/Counter.tsx";
import { cx } from "../../../ui/cx.ts";
import { Due, dueState, dueText } from "../../../ui/Due.tsx";
import { Time } from "../../../ui/Time.tsx";
import { localDraftText } from "../drafts.ts";
import { willOpen } from "../opened.ts";
import { nameOf, previewOf } from "../names.ts";
import { useTyping } from "../typing.ts";
import type { ViewName } from "../filter.ts";
import { isUnassigned } from "../views.ts";
import css from "./Row.module.css";

export const ROW_HEIGHT = 72;
const MINUTE = 60_000;

type Props = {
  row: Conversation;
  me: string;
  view: ViewName;
  /** A plain link: the router's own costs more than the rest of the row. */
  href: string;
  open: boolean;
  /** The one row that Tab reaches. */
  current: boolean;
  position: number;
  total: number;
  top: number;
  onIntent: (conversationId: string) => void;
  onOpen: (conversationId: string) => void;
};

export const Row = memo(function Row({ row, me, view, href, open, current, position, total, top, onIntent, onOpen }: Props) {
  useT();
  const now = useNow(MINUTE);
  const name = nameOf(row);
  const intend = (): void => onIntent(row.conversationId);
  return (
    <li
      className={cx(css.row, open && css.open, row.unread > 0 && css.unread)}
      style={{ transform: `translateY(${top}px)`, height: ROW_HEIGHT }}
      aria-label={describe(row, now)}
      aria-posinset={position}
      aria-setsize={total}
      aria-current={open || undefined}
      tabIndex={-1}
      data-id={row.conversationId}
      onPointerEnter={intend}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target !== event.currentTarget) return;
        willOpen("keyboard");
        onOpen(row.conversationId);
      }}
    >
      <a
        href={href}
        className={css.link}
        tabIndex={current ? 0 : -1}
        onFocus={intend}
        onClick={(event) => {
          // With a modifier the browser opens a tab or a window of its own.
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          willOpen(event.detail > 0 ? "pointer" : "keyboard");
          onOpen(row.conversationId);
        }}
      >
        <Avatar name={name} channel={row.channel} channelTitle={channelTitle(row.channel)} />
        <span className={css.lines}>
          <span className={css.line}>
            <span className={css.name}>{name}</span>
            <Time className={css.time} at={millis(row.lastActivityAt)} now={now} />
          </span>
          <span className={css.line}>
            <LastLine row={row} />
            <Counter n={row.unread} strong />
            <DueChip row={row} now={now} view={view} />
          </span>
          <span className={cx(css.line, css.third)}>
            <span className={css.account}>{row.accountName}</span>
            <Assignee row={row} me={me} />
          </span>
        </span>
      </a>
    </li>
  );
});

function LastLine({ row }: { row: Conversation }) {
  const typing = useTyping(row.conversationId);
  const last = row.lastMessage;
  if (last?.status === MessageStatus.FAILED) return <span className={cx(css.last, css.failed)}>{t("row.notSent")}</span>;
  if (last?.status === MessageStatus.UNKNOWN) return <span className={cx(css.last, css.doubtful)}>{t("row.unknown")}</span>;
  if (row.hasDraft) {
    return (
      <span className={css.last}>
        <span className={css.draft}>{t("row.draft")}</span> {localDraftText(row.conversationId) || previewOf(last)}
      </span>
    );
  }
  if (typing === "") return <span className={cx(css.last, css.typing)}>{t("row.typing")}</span>;
  return (
    <span className={css.last} dir="auto">
      {last?.kind === MessageKind.NOTE && `${t("row.note")} `}
      {last?.kind !== MessageKind.NOTE && last?.direction === Direction.OUT && <IconArrowBackUp className={css.ours} size={14} stroke={1.75} aria-label={t("row.you")} />}
      {previewOf(last)}
    </span>
  );
}

/** One chip: the nearest deadline, else that nobody is responsible. */
function DueChip({ row, now, view }: { row: Conversation; now: number; view: ViewName }) {
  const due = nearestDue(row);
  if (due) return <Due now={now} from={millis(row.request?.receivedAt)} due={due} />;
  if (isUnassigned(row) && view !== "unassigned") return <Chip>{t("request.unassigned")}</Chip>;
  return null;
}

function Assignee({ row, me }: { row: Conversation; me: string }) {
  const { request } = row;
  if (!request?.assigneeEmployeeId || request.assigneeEmployeeId === me) return null;
  return (
    <span className={css.assignee} title={t("row.assignee", { name: request.assigneeName })}>
      <Avatar name={request.assigneeName} size="sm" />
      <span className={css.assigneeName}>{request.assigneeName}</span>
    </span>
  );
}

export function nearestDue(row: Conversation): number {
  const dues = [millis(row.request?.firstReplyDueAt), millis(row.request?.resolutionDueAt)].filter((at) => at > 0);
  return dues.length ? Math.min(...dues) : 0;
}

/** "Анна Ким, Telegram, 2 новых, просрочено 4 мин" */
function describe(row: Conversation, now: number): string {
  const due = nearestDue(row);
  const state = due ? dueState(now, millis(row.request?.receivedAt), due) : undefined;
  return [
    nameOf(row),
    channelTitle(row.channel),
    row.unread > 0 ? t("inbox.unread", { n: row.unread }) : "",
    state === "late" ? t("due.late", { time: dueText(now, due).replace("−", "") }) : state === "soon" ? t("due.in", { time: dueText(now, due) }) : "",
  ]
    .filter(Boolean)
    .join(", ");
}
