import { useVirtualizer } from "@tanstack/react-virtual";
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { useT, withTexts } from "../../../i18n/index.ts";
import { queryClient } from "../../../rpc/query.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { rowsOf } from "../cache.ts";
import { useInboxGo, useRowHref } from "../location.ts";
import { threadOptions, useList } from "../queries.ts";
import type { ListFilter } from "../filter.ts";
import { compare } from "../views.ts";
import css from "./ConversationList.module.css";
import { type Density, Row, ROW_HEIGHT } from "./Row.tsx";
import type { RowDeed } from "./RowMenu.tsx";
import { clearSelection, selectAll, selectTo, toggleSelected, useIsSelecting } from "./selection.ts";
import { useHeldOrder } from "./useHeldOrder.ts";
import { part } from "../../../ui/part.ts";

const RowMenu = part(() => withTexts(import("./RowMenu.tsx"), "work").then(({ RowMenu: component }) => component), { ahead: true });
const BulkBar = part(() => withTexts(import("../bulk/BulkBar.tsx"), "work").then(({ BulkBar: component }) => component));

const OVERSCAN = 6;
const INTENT_MS = 80;

type Props = { filter: ListFilter; density: Density; openId: string; list: ReturnType<typeof useList>; onRows: (ids: readonly string[]) => void };

/** The list itself: only what is seen is drawn; the order holds still while someone works in it. */
export function ConversationList({ filter, density, openId, list, onRows }: Props) {
  const t = useT();
  const go = useInboxGo();
  const me = useEmployeeId();
  const hrefOf = useRowHref();
  const box = useRef<HTMLDivElement>(null);
  const [pointerIn, setPointerIn] = useState(false);
  const [focusIn, setFocusIn] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const [, redraw] = useState(0);
  const [deed, setDeed] = useState<RowDeed>();
  const selecting = useIsSelecting();

  const name = JSON.stringify(filter);
  const sorted = useMemo(() => rowsOf(list.data).sort((a, b) => compare(filter.order, a, b)), [list.data, filter.order]);
  const { rows, waiting, release } = useHeldOrder(name, sorted, pointerIn || focusIn || scrolled || selecting);
  const ids = useIds(rows, onRows);
  useEffect(() => clearSelection, [name]);

  const height = ROW_HEIGHT[density];
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    getItemKey: (index) => rows[index]?.conversationId ?? index,
    overscan: OVERSCAN,
  });
  const items = virtual.getVirtualItems();
  useMore(list, items.at(-1)?.index ?? 0, rows.length);

  // The row that has the keyboard: where it was moved to, else the open one, else the first.
  const [cursorId, setCursorId] = useState("");
  const cursor = Math.max(0, indexOf(rows, cursorId) ?? indexOf(rows, openId) ?? 0);
  const cursorRow = rows[cursor]?.conversationId ?? "";
  const showWaiting = (): void => {
    release();
    redraw((n) => n + 1);
    box.current?.scrollTo({ top: 0 });
  };
  const move = (step: number): string => {
    if (step < 0 && cursor === 0 && waiting > 0) return showWaiting(), "";
    const started = box.current?.contains(document.activeElement) || cursorId !== "";
    const next = Math.max(0, Math.min(rows.length - 1, started ? cursor + step : cursor));
    const id = rows[next]?.conversationId ?? "";
    if (!id) return "";
    setCursorId(id);
    virtual.scrollToIndex(next);
    // At once where the row is drawn, so that the next key already meets it.
    if (!focusRow(box.current, id)) requestAnimationFrame(() => focusRow(box.current, id));
    return id;
  };
  const extend = (step: number): void => {
    if (!selecting) toggleSelected(cursorRow);
    const to = move(step);
    if (to) selectTo(to, ids);
  };
  const openMenu = useCallback((id: string, spot: { x: number; y: number }) => setDeed({ id, what: "menu", spot }), []);
  const onSwipe = useCallback((id: string, what: "finish" | "snooze") => setDeed({ id, what }), []);
  useCommand("list.next", () => void move(1));
  useCommand("list.previous", () => void move(-1));
  useCommand("list.select", () => toggleSelected(cursorRow), { enabled: rows.length > 0 });
  useCommand("list.extendDown", () => extend(1));
  useCommand("list.extendUp", () => extend(-1));
  useCommand("list.selectAll", () => selectAll(ids), { inside: box });
  useCommand("list.menu", () => openMenu(cursorRow, spotOf(box.current, cursorRow)), { enabled: rows.length > 0 });
  useCommand("list.unselect", clearSelection, { enabled: selecting });
  const onIntent = useIntent();

  return (
    <>
      <div
        ref={box}
        className={css.box}
        onPointerEnter={(event) => setPointerIn(event.pointerType === "mouse")}
        onPointerLeave={() => setPointerIn(false)}
        onFocus={({ target }) => {
          setFocusIn(true);
          // However it got the focus, J and K go on from there.
          setCursorId(target.closest<HTMLElement>("[data-id]")?.dataset["id"] ?? "");
        }}
        onBlur={(event) => setFocusIn(event.currentTarget.contains(event.relatedTarget))}
        onScroll={(event) => setScrolled(event.currentTarget.scrollTop > height)}
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
                density={density}
                href={hrefOf(row.conversationId)}
                open={row.conversationId === openId}
                current={item.index === cursor}
                position={item.index + 1}
                total={list.hasNextPage ? -1 : rows.length}
                top={item.start}
                onIntent={onIntent}
                onOpen={go.open}
                onMenu={openMenu}
                onSwipe={onSwipe}
              />
            ) : null;
          })}
        </ul>
      </div>
      {selecting && (
        <Suspense>
          <BulkBar rows={rows} />
        </Suspense>
      )}
      {deed && (
        <Suspense>
          <RowMenu key={`${deed.id} ${deed.what}`} deed={deed} row={sorted.find((row) => row.conversationId === deed.id)} href={hrefOf(deed.id)} onOpen={go.open} onClose={() => (setDeed(undefined), focusRow(box.current, deed.id))} />
        </Suspense>
      )}
    </>
  );
}

/** The order on screen, told to who steps through it. */
function useIds(rows: readonly { conversationId: string }[], onRows: (ids: readonly string[]) => void): readonly string[] {
  const joined = rows.map((row) => row.conversationId).join();
  const ids = useMemo(() => (joined ? joined.split(",") : []), [joined]);
  useEffect(() => onRows(ids), [ids, onRows]);
  return ids;
}

/** Loads the next page when the last rows come near. */
function useMore({ hasNextPage, isFetchingNextPage, fetchNextPage }: ReturnType<typeof useList>, lastSeen: number, count: number): void {
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastSeen >= count - 10) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, lastSeen, count]);
}

/** A row that is looked at for a moment will be opened: its messages come ahead. */
function useIntent(): (id: string) => void {
  const intent = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(intent.current), []);
  return useCallback((id) => {
    clearTimeout(intent.current);
    intent.current = setTimeout(() => void queryClient.prefetchInfiniteQuery(threadOptions(id, 0n)), INTENT_MS);
  }, []);
}

function focusRow(box: HTMLElement | null, id: string): boolean {
  const link = box?.querySelector<HTMLElement>(`[data-id="${id}"] a`);
  link?.focus();
  return link !== null && link !== undefined;
}

function spotOf(box: HTMLElement | null, id: string): { x: number; y: number } {
  const { left = 0, bottom = 0 } = box?.querySelector(`[data-id="${id}"]`)?.getBoundingClientRect() ?? {};
  return { x: left + 48, y: bottom - 8 };
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
