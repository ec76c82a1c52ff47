import { IconArrowBackUp, IconCheck } from "@tabler/icons-react";
import { memo } from "react";
import { type Conversation, Direction, MessageKind, MessageStatus } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t, useT } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { ChannelTile } from "../../../ui/ChannelTile.tsx";
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
import { isOpen, isUnassigned, nearestDue } from "../views.ts";
import css from "./Row.module.css";
import { toggleSelected, useIsSelected } from "./selection.ts";
import { useSwipe } from "./useSwipe.ts";

export const ROW_HEIGHT = { comfortable: 72, compact: 40 } as const;
export type Density = keyof typeof ROW_HEIGHT;
const MINUTE = 60_000;

type Props = {
  row: Conversation;
  me: string;
  view: ViewName;
  density: Density;
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
  onMenu: (conversationId: string, spot: { x: number; y: number }) => void;
  onSwipe: (conversationId: string, what: "finish" | "snooze") => void;
};

export const Row = memo(function Row({ row, me, view, density, href, open, current, position, total, top, onIntent, onOpen, onMenu, onSwipe }: Props) {
  useT();
  const now = useNow(MINUTE);
  const { conversationId: id } = row;
  const selected = useIsSelected(id);
  const act = (what: "finish" | "snooze"): (() => void) | undefined => (isOpen(row) ? () => onSwipe(id, what) : undefined);
  const swipe = useSwipe({ onLeft: act("finish"), onRight: act("snooze") });
  const intend = (): void => onIntent(id);
  return (
    <li
      className={cx(css.row, open && css.open, row.unread > 0 && css.unread, selected && css.selected)}
      style={{ transform: `translateY(${top}px)`, height: ROW_HEIGHT[density] }}
      aria-label={describe(row, now)}
      aria-posinset={position}
      aria-setsize={total}
      aria-current={open || undefined}
      tabIndex={-1}
      data-id={id}
      data-density={density}
      {...swipe}
      onPointerEnter={intend}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu(id, spotOf(event));
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.target !== event.currentTarget) return;
        willOpen("keyboard");
        onOpen(id);
      }}
    >
      <Behind />
      <a
        href={href}
        className={css.link}
        tabIndex={current ? 0 : -1}
        draggable={false}
        onFocus={intend}
        onClick={(event) => {
          // With a modifier the browser opens a tab or a window of its own.
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
          event.preventDefault();
          willOpen(event.detail > 0 ? "pointer" : "keyboard");
          onOpen(id);
        }}
      >
        {density === "compact" ? <OneLine row={row} now={now} view={view} me={me} /> : <ThreeLines row={row} now={now} view={view} me={me} />}
      </a>
      <label className={css.pick} title={t("row.select", { name: nameOf(row) })}>
        <input type="checkbox" tabIndex={-1} aria-label={t("row.select", { name: nameOf(row) })} checked={selected} onChange={() => toggleSelected(id)} />
        <span className={css.ring} aria-hidden="true">
          {selected && <IconCheck size={14} stroke={2.5} />}
        </span>
      </label>
    </li>
  );
});

type Lines = { row: Conversation; now: number; view: ViewName; me: string };

function ThreeLines({ row, now, view, me }: Lines) {
  const name = nameOf(row);
  return (
    <>
      <span className={css.face}>
        <Avatar name={name} channel={row.channel} channelTitle={channelTitle(row.channel)} />
      </span>
      <span className={css.lines}>
        <span className={css.line}>
          <Name row={row} />
          <Time className={css.time} at={millis(row.lastActivityAt)} now={now} />
        </span>
        <span className={css.line}>
          <LastLine row={row} />
          <Counter n={row.unread} strong />
          <DueChip row={row} now={now} view={view} />
        </span>
        <span className={cx(css.line, css.third)}>
          <Account row={row} />
          <Colleague row={row} me={me} />
        </span>
      </span>
    </>
  );
}

function OneLine({ row, now, view, me }: Lines) {
  return (
    <>
      <ChannelTile channel={row.channel} title={`${channelTitle(row.channel)} · ${row.accountName}`} />
      <span className={cx(css.line, css.one)}>
        <Name row={row} />
        <Account row={row} />
        <LastLine row={row} />
        <Counter n={row.unread} strong />
        <DueChip row={row} now={now} view={view} />
        <Colleague row={row} me={me} short />
        <Time className={css.time} at={millis(row.lastActivityAt)} now={now} />
      </span>
    </>
  );
}

/** "Анна Ким · ООО «Ромашка»": whoever writes, and whose they are. */
function Name({ row }: { row: Conversation }) {
  const { clientName = "", displayName = "" } = row.person ?? {};
  const writer = clientName && displayName && displayName !== clientName ? displayName : "";
  return (
    <span className={css.name}>
      {nameOf(row)}
      {writer && <span className={css.writer}> · {writer}</span>}
    </span>
  );
}

/** By which account; a lock says that nobody else sees it. */
function Account({ row }: { row: Conversation }) {
  return (
    <span className={cx(css.account, row.personal && css.personal)} title={row.personal ? t("row.personal") : undefined}>
      {row.accountName}
    </span>
  );
}

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
  if (typing.includes("")) return <span className={cx(css.last, css.typing)}>{t("row.typing")}</span>;
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

/** Who else is at it: a colleague who writes now, else whoever is responsible. */
function Colleague({ row, me, short = false }: { row: Conversation; me: string; short?: boolean }) {
  const employees = useEmployees();
  const writing = useTyping(row.conversationId).find((id) => id !== "" && id !== me);
  const writer = writing && employees.get(writing)?.name;
  const { request } = row;
  const name = writer ?? (request?.assigneeEmployeeId && request.assigneeEmployeeId !== me ? request.assigneeName : "");
  if (!name) return null;
  const words = writer ? t("row.writes", { name }) : t("row.assignee", { name });
  return (
    <span className={cx(css.assignee, writer && css.typing)} title={words}>
      <Avatar name={name} size="sm" />
      {!short && <span className={css.assigneeName}>{writer ? words : name}</span>}
    </span>
  );
}

/** What a swipe uncovers; for the eye and the finger, its names stand in the menu. */
function Behind() {
  return (
    <span className={css.behind} aria-hidden="true">
      <span>{t("action.snooze")}</span>
      <span>{t("action.finish")}</span>
    </span>
  );
}

/** Where the pointer is; from the keyboard, the row itself. */
function spotOf(event: React.MouseEvent<HTMLElement>): { x: number; y: number } {
  if (event.clientX || event.clientY) return { x: event.clientX, y: event.clientY };
  const { left, bottom } = event.currentTarget.getBoundingClientRect();
  return { x: left + 48, y: bottom - 8 };
}

/** "Анна Ким, Telegram, Бот продаж, 2 новых, просрочено 4 мин" */
function describe(row: Conversation, now: number): string {
  const due = nearestDue(row);
  const state = due ? dueState(now, millis(row.request?.receivedAt), due) : undefined;
  return [
    nameOf(row),
    channelTitle(row.channel),
    row.accountName,
    row.personal ? t("row.personal") : "",
    row.unread > 0 ? t("inbox.unread", { n: row.unread }) : "",
    state === "late" ? t("due.late", { time: dueText(now, due).replace("−", "") }) : state === "soon" ? t("due.in", { time: dueText(now, due) }) : "",
  ]
    .filter(Boolean)
    .join(", ");
}
