import { useVirtualizer } from "@tanstack/react-virtual";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Conversation, Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayTitle } from "../../../i18n/format.ts";
import { useT, withTexts } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { serverNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { part } from "../../../ui/part.ts";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { wasOpened } from "../opened.ts";
import { useOutbox } from "../outbox.ts";
import { type ThreadQuery, useAccount, useThreadQuery } from "../queries.ts";
import { Bubble } from "./Bubble.tsx";
import { type ThreadContext, ThreadProvider } from "./context.ts";
import { buildItems, estimate, type ThreadItem } from "./items.ts";
import { EventLine, Letter, Removed } from "./parts.ts";
import { picturesOf } from "./pictures.ts";
import { isInbound, messagesOf } from "./order.ts";
import { OutBubble } from "./OutBubble.tsx";
import css from "./Thread.module.css";
import { TypingLine } from "./TypingLine.tsx";
import { useAnnounceNew } from "./useAnnounceNew.ts";
import { useReadMark } from "./useReadMark.ts";

const Lightbox = part(() => withTexts(import("../../../ui/Lightbox.tsx"), "work").then(({ Lightbox: component }) => component), { ahead: true });

const NEAR_EDGE = 8;
const END_PX = 80;
const MARKED_MS = 2_000;
const SETTLE_MS = 250;

type Props = {
  conversation: Conversation;
  /** `?m=`: the thread opens around this message; 0n: at the first unread, else at the end. */
  around: bigint;
  reply: (message: Message) => void;
  edit: (message: Message) => void;
};

/** Loads the thread; drawn anew for each conversation. */
export function Thread(props: Props) {
  const t = useT();
  const query = useThreadQuery(props.conversation.conversationId, props.around);
  if (query.data) return <Log {...props} query={query} />;
  const problem = query.isError ? problemOf(query.error) : undefined;
  return (
    <div className={css.wrap}>
      <div className={css.log} role="log" aria-label={t("thread.label")} aria-live="off" tabIndex={0} data-pane>
        {problem ? <Failure what={t("thread.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void query.refetch()} /> : <SkeletonRows rows={5} height={72} />}
        <Unsent conversationId={props.conversation.conversationId} />
      </div>
    </div>
  );
}

/** What was written before the messages came: it stands, though nothing else does yet. */
function Unsent({ conversationId }: { conversationId: string }) {
  const own = useOutbox().filter((item) => item.conversationId === conversationId);
  return (
    <div className={css.unsent}>
      {own.map((item) => (
        <OutBubble key={item.messageId} item={item} />
      ))}
    </div>
  );
}

function Log({ conversation, around, reply, edit, query }: Props & { query: ThreadQuery }) {
  const t = useT();
  const { conversationId } = conversation;
  const me = useEmployeeId();
  const employees = useEmployees();
  const capabilities = useAccount(conversation.accountId)?.capabilities;
  const outbox = useOutbox();
  const box = useRef<HTMLDivElement>(null);

  const messages = useMemo(() => messagesOf(query.data), [query.data]);
  // The divider stays where it was when the thread was opened.
  const [openedAt] = useState(() => query.data?.pages.at(-1)?.readSeq ?? 0n);
  const removed = conversation.removedBefore !== undefined;
  const own = useMemo(() => outbox.filter((item) => item.conversationId === conversationId), [outbox, conversationId]);
  const items = useMemo(
    () => buildItems({ messages, outbox: own, readSeq: openedAt, complete: !query.hasPreviousPage, removed }),
    [messages, own, openedAt, query.hasPreviousPage, removed],
  );

  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => estimate(items[index]),
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 6,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: END_PX,
    paddingEnd: 16,
  });
  const drawn = virtual.getVirtualItems();
  const firstDrawn = drawn[0]?.index ?? 0;
  const lastDrawn = drawn.at(-1)?.index ?? 0;

  const placed = useOpeningPlace(virtual, items, around);
  usePages(query, placed, firstDrawn, lastDrawn, items.length);
  useStayAtEnd(box, virtual);
  useEffect(() => {
    if (wasOpened("keyboard")) box.current?.focus();
  }, []);
  const ownNewest = own.at(-1)?.messageId;
  useEffect(() => {
    if (ownNewest) virtual.scrollToEnd();
  }, [ownNewest, virtual]);

  // What is drawn reaches beyond the edges; what is seen does not.
  const { startIndex: firstSeen, endIndex: lastSeen } = virtual.range ?? { startIndex: firstDrawn, endIndex: lastDrawn };
  const seen = useMemo(() => items.slice(firstSeen, lastSeen + 1).flatMap((item) => (item.kind === "bubble" ? [...item.messages] : [])), [items, firstSeen, lastSeen]);
  useReadMark(conversationId, openedAt, seen);
  useAnnounceNew(conversation, messages, query.hasNextPage);

  const [marked, setMarked] = useState("");
  const [shown, setShown] = useState("");
  const jump = useCallback(
    (to: Message) => {
      const index = items.findIndex((item) => item.kind === "bubble" && item.messages.some((message) => message.messageId === to.messageId));
      if (index < 0) return;
      virtual.scrollToIndex(index, { align: "center" });
      setMarked(to.messageId);
      setTimeout(() => setMarked(""), MARKED_MS);
    },
    [items, virtual],
  );
  const byId = useMemo(() => new Map(messages.map((message) => [message.messageId, message])), [messages]);
  const context = useMemo(
    (): ThreadContext => ({ conversation, me, capabilities, employees, message: (id) => byId.get(id), reply, edit, show: setShown, jump }),
    [conversation, me, capabilities, employees, byId, reply, edit, jump],
  );

  // Of letters the newest is unfolded, and what is new to the reader.
  const newest = messages.findLast(({ content }) => content?.letter)?.messageId;
  const open = (message: Message): boolean => message.messageId === newest || (isInbound(message) && message.seq > openedAt);

  const atEnd = virtual.isAtEnd(END_PX) && !query.hasNextPage;
  const below = items.slice(lastSeen + 1).reduce((n, item) => n + (item.kind === "bubble" && isInbound(item.messages[0]) && item.messages[0].seq > openedAt ? item.messages.length : 0), 0);
  const unreadAt = items.findIndex((item) => item.kind === "unread");
  const newAbove = placed && unreadAt >= 0 && unreadAt < firstSeen;
  const day = dayAbove(items, firstSeen);
  return (
    <ThreadProvider value={context}>
      <div className={css.wrap}>
        {day !== undefined && (virtual.scrollOffset ?? 0) > 40 && (
          <div className={css.stickyDay} aria-hidden="true">
            {dayTitle(day, serverNow())}
          </div>
        )}
        <div ref={box} className={css.log} role="log" aria-label={t("thread.label")} aria-live="off" tabIndex={0} data-pane onKeyDown={walk}>
          <div className={css.stretch} style={{ height: virtual.getTotalSize() }}>
            {drawn.map((item) => (
              <div key={item.key} ref={virtual.measureElement} data-index={item.index} className={css.item} style={{ transform: `translateY(${item.start}px)` }}>
                <Item item={items[item.index]} conversation={conversation} marked={marked} open={open} />
              </div>
            ))}
          </div>
        </div>
        {query.isFetchingPreviousPage && firstSeen === 0 && <p className={css.loading}>{t("thread.loadingOlder")}</p>}
        {newAbove && (
          <button type="button" className={css.toNew} onClick={() => virtual.scrollToIndex(unreadAt, { align: "start" })}>
            <IconArrowUp size={16} stroke={1.75} aria-hidden="true" />
            {t("thread.toNew")}
          </button>
        )}
        {!atEnd && (
          <button type="button" className={css.toEnd} onClick={() => virtual.scrollToEnd()}>
            <IconArrowDown size={16} stroke={1.75} aria-hidden="true" />
            {below > 0 ? t("thread.toEndNew", { n: below }) : t("thread.toEnd")}
          </button>
        )}
        <TypingLine conversation={conversation} />
      </div>
      {shown && (
        <Suspense>
          <Lightbox pictures={picturesOf(messages)} shown={shown} onShow={setShown} />
        </Suspense>
      )}
    </ThreadProvider>
  );
}

function Item({ item, conversation, marked, open }: { item: ThreadItem | undefined; conversation: Conversation; marked: string; open: (message: Message) => boolean }) {
  const t = useT();
  switch (item?.kind) {
    case "beginning":
      return conversation.removedBefore ? (
        <Suspense fallback={<div className={css.eventRoom} />}>
          <Removed conversation={conversation} />
        </Suspense>
      ) : (
        <p className={css.beginning}>{t("thread.beginning")}</p>
      );
    case "day":
      return <p className={css.day}>{dayTitle(item.at, serverNow())}</p>;
    case "unread":
      return (
        <p className={css.unread} role="separator">
          {t("thread.new", { n: item.n })}
        </p>
      );
    case "event":
      return (
        <Suspense fallback={<div className={css.eventRoom} />}>
          <EventLine message={item.message} />
        </Suspense>
      );
    case "bubble":
      if (item.messages[0].content?.letter) {
        return (
          <Suspense fallback={<div className={css.letterRoom} />}>
            <Letter message={item.messages[0]} head={item.messages[0].content.letter} open={open(item.messages[0])} marked={item.key === marked} />
          </Suspense>
        );
      }
      return <Bubble messages={item.messages} first={item.first} last={item.last} marked={item.messages.some((message) => message.messageId === marked)} />;
    case "out":
      return <OutBubble item={item.item} />;
    default:
      return null;
  }
}

/** Loads what lies before and after, when the reader comes near. */
function usePages(query: ThreadQuery, placed: boolean, first: number, last: number, count: number): void {
  const { hasPreviousPage, isFetchingPreviousPage, fetchPreviousPage, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (placed && hasPreviousPage && !isFetchingPreviousPage && first < NEAR_EDGE) void fetchPreviousPage();
  }, [placed, hasPreviousPage, isFetchingPreviousPage, fetchPreviousPage, first]);
  useEffect(() => {
    if (placed && hasNextPage && !isFetchingNextPage && last > count - NEAR_EDGE) void fetchNextPage();
  }, [placed, hasNextPage, isFetchingNextPage, fetchNextPage, last, count]);
}

/**
 * Once: at the asked message, else with the first unread in the middle, else at the end. True when the rows there have
 * been measured and nothing moves any more: only then may other stretches be loaded around them.
 */
function useOpeningPlace(virtual: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>, items: readonly ThreadItem[], around: bigint): boolean {
  const [placed, setPlaced] = useState(false);
  const begun = useRef(false);
  useLayoutEffect(() => {
    if (begun.current || items.length === 0) return;
    begun.current = true;
    const asked = around > 0n ? items.findIndex((item) => item.kind === "bubble" && item.messages.some((message) => message.seq === around)) : -1;
    const unread = items.findIndex((item) => item.kind === "unread");
    const target = asked >= 0 ? asked : unread > 0 ? unread : -1;
    if (target >= 0) virtual.scrollToIndex(target, { align: "center" });
    else virtual.scrollToEnd();
  }, [virtual, items, around]);
  useEffect(() => {
    const timer = setTimeout(() => setPlaced(true), SETTLE_MS);
    return () => clearTimeout(timer);
  }, []);
  return placed;
}

/** The message field grows and shrinks: who reads at the end stays there. */
function useStayAtEnd(box: React.RefObject<HTMLDivElement | null>, virtual: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>): void {
  useEffect(() => {
    const log = box.current;
    if (!log) return undefined;
    let atEnd = false; // until the first scroll event tells, the opening place counts
    const look = (): void => {
      atEnd = virtual.isAtEnd(END_PX);
    };
    const resized = new ResizeObserver(() => atEnd && virtual.scrollToEnd());
    log.addEventListener("scroll", look, { passive: true });
    resized.observe(log);
    return () => {
      log.removeEventListener("scroll", look);
      resized.disconnect();
    };
  }, [box, virtual]);
}

function dayAbove(items: readonly ThreadItem[], index: number): number | undefined {
  for (let at = index; at >= 0; at -= 1) {
    const item = items[at];
    if (item?.kind === "day") return item.at;
  }
  return undefined;
}

/** Arrows walk the messages; Tab then reaches what can be done with one. */
function walk(event: React.KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  if (event.altKey || event.ctrlKey || event.metaKey || (event.target as HTMLElement).closest("input, textarea, audio, video, [role=menu]")) return;
  const articles = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-message]")];
  const at = articles.findIndex((article) => article.contains(document.activeElement));
  const next = at < 0 ? articles.at(-1) : articles[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
