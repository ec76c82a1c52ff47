import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { useT } from "../../../i18n/index.ts";
import { queryClient } from "../../../rpc/query.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { rowsOf } from "../cache.ts";
import { useInboxGo, useRowHref } from "../location.ts";
import { threadOptions, useList } from "../queries.ts";
import type { ListFilter } from "../filter.ts";
import { compare } from "../views.ts";
import css from "./ConversationList.module.css";
import { Row, ROW_HEIGHT } from "./Row.tsx";
import { useHeldOrder } from "./useHeldOrder.ts";

const OVERSCAN = 6;
const INTENT_MS = 80;

type Props = { filter: ListFilter; openId: string; list: ReturnType<typeof useList>; onRows: (ids: readonly string[]) => void };

/** The list itself: only what is seen is drawn; the order holds still while someone works in it. */
export function ConversationList({ filter, openId, list, onRows }: Props) {
  const t = useT();
  const go = useInboxGo();
  const me = useEmployeeId();
  const hrefOf = useRowHref();
  const box = useRef<HTMLDivElement>(null);
  const [pointerIn, setPointerIn] = useState(false);
  const [focusIn, setFocusIn] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const [, redraw] = useState(0);

  const sorted = useMemo(() => rowsOf(list.data).sort((a, b) => compare(filter.order, a, b)), [list.data, filter.order]);
  const { rows, waiting, release } = useHeldOrder(JSON.stringify(filter), sorted, pointerIn || focusIn || scrolled);
  const ids = rows.map((row) => row.conversationId).join();
  useEffect(() => onRows(ids ? ids.split(",") : []), [ids, onRows]);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.conversationId ?? index,
    overscan: OVERSCAN,
  });
  const items = virtual.getVirtualItems();
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const lastSeen = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastSeen >= rows.length - 10) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastSeen, rows.length]);

  // The row that has the keyboard: where it was moved to, else the open one, else the first.
  const [cursorId, setCursorId] = useState("");
  const cursor = Math.max(0, indexOf(rows, cursorId) ?? indexOf(rows, openId) ?? 0);
  const showWaiting = (): void => {
    release();
    redraw((n) => n + 1);
    box.current?.scrollTo({ top: 0 });
  };
  const move = (step: number): void => {
    if (step < 0 && cursor === 0 && waiting > 0) return showWaiting();
    const started = box.current?.contains(document.activeElement) || cursorId !== "";
    const next = Math.max(0, Math.min(rows.length - 1, started ? cursor + step : cursor));
    const id = rows[next]?.conversationId;
    if (!id) return;
    setCursorId(id);
    virtual.scrollToIndex(next);
    // At once where the row is drawn, so that the next key already meets it.
    if (!focusRow(box.current, id)) requestAnimationFrame(() => focusRow(box.current, id));
  };
  useCommand("list.next", () => move(1));
  useCommand("list.previous", () => move(-1));

  const intent = useRef<ReturnType<typeof setTimeout>>(undefined);
  const onIntent = useMemo(
    () => (id: string) => {
      clearTimeout(intent.current);
      intent.current = setTimeout(() => void queryClient.prefetchInfiniteQuery(threadOptions(id, 0n)), INTENT_MS);
    },
    [],
  );
  useEffect(() => () => clearTimeout(intent.current), []);

  return (
    <div
      ref={box}
      className={css.box}
      onPointerEnter={(event) => setPointerIn(event.pointerType === "mouse")}
      onPointerLeave={() => setPointerIn(false)}
      onFocus={() => setFocusIn(true)}
      onBlur={(event) => setFocusIn(event.currentTarget.contains(event.relatedTarget))}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop > ROW_HEIGHT)}
    >
      {waiting > 0 && (
        <button type="button" className={css.waiting} onClick={showWaiting}>
          {t("inbox.newRows", { n: waiting })}
        </button>
      )}
      <ul className={css.list} style={{ height: virtual.getTotalSize() }} onKeyDown={(event) => walk(event, move, rows.length)}>
        {items.map((item) => {
          const row = rows[item.index];
          return row ? (
            <Row
              key={item.key}
              row={row}
              me={me}
              view={filter.view}
              href={hrefOf(row.conversationId)}
              open={row.conversationId === openId}
              current={item.index === cursor}
              position={item.index + 1}
              total={list.hasNextPage ? -1 : rows.length}
              top={item.start}
              onIntent={onIntent}
              onOpen={go.open}
            />
          ) : null;
        })}
      </ul>
    </div>
  );
}

function focusRow(box: HTMLElement | null, id: string): boolean {
  const link = box?.querySelector<HTMLElement>(`[data-id="${id}"] a`);
  link?.focus();
  return link !== null && link !== undefined;
}

function indexOf(rows: readonly { conversationId: string }[], id: string): number | undefined {
  const index = id ? rows.findIndex((row) => row.conversationId === id) : -1;
  return index < 0 ? undefined : index;
}

function walk(event: React.KeyboardEvent, move: (step: number) => void, count: number): void {
  const steps: Partial<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, Home: -count, End: count };
  const step = steps[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  move(step);
}
