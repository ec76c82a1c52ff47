import { useVirtualizer } from "@tanstack/react-virtual";
import { IconArrowDown, IconArrowUp, IconBuilding, IconUser } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { useCommand } from "../../../app/commands.ts";
import { type Client, ClientKind, type ClientPotential } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { useNow } from "../../../rpc/clock.ts";
import { usePreference } from "../../../rpc/preferences.ts";
import { useCursor, useMore, walk } from "../../../ui/list/cursor.ts";
import css from "../../../ui/list/list.module.css";
import { usePlace } from "../../../ui/list/place.ts";
import { PHONE, useMedia } from "../../../ui/useMedia.ts";
import { lastPlace } from "../last.ts";
import { type ClientQuery, type Order, searchOf } from "../query.ts";
import type { useClientList } from "../queries.ts";
import { type Names, useNames } from "../useSay.ts";
import { type Column, type ColumnName, COLUMNS } from "./columns.tsx";
import mark from "./mark.module.css";
import type { Selection } from "./selection.ts";

const OVERSCAN = 8;
const HEIGHTS = { usual: 44, compact: 36, phone: 60 };

const NONE: readonly ColumnName[] = [];

type Props = { query: ClientQuery; list: ReturnType<typeof useClientList>; columns: readonly ColumnName[]; selection: Selection };

/** Only what is seen is drawn; J, K and the arrows walk, Enter opens, X chooses. */
export function Table({ query, list, columns, selection }: Props) {
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.clients) ?? [], [list.data]);
  const potentials = useMemo(() => new Map(list.data?.pages.flatMap((page) => page.potentials).map((one) => [one.clientId, one])), [list.data]);
  const phone = useMedia(PHONE);
  const compact = usePreference("density") === "compact";
  const height = phone ? HEIGHTS.phone : compact ? HEIGHTS.compact : HEIGHTS.usual;
  const shown = phone ? NONE : columns;
  const box = useRef<HTMLDivElement>(null);
  const search = searchOf(query);
  const names = useNames();
  const now = useNow(60_000);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => height, getItemKey: (index) => rows[index]?.clientId ?? index, overscan: OVERSCAN });
  useLayoutEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  useMore(list, items.at(-1)?.index ?? 0, rows.length);
  usePlace(box, search, lastPlace);
  const order = useMemo(() => rows.map(({ clientId }) => clientId), [rows]);
  const { current, move, onFocus } = useCursor(box, order, (index) => virtual.scrollToIndex(index));
  useCommand("list.next", () => move(1));
  useCommand("list.previous", () => move(-1));
  const choose = useChoosing(order, current, move, selection);
  const layout = { gridTemplateColumns: ["16px", "minmax(180px, 2fr)", ...shown.map((name) => COLUMNS[name].width)].join(" ") };
  return (
    <div ref={box} className={css.tableBox} onFocus={onFocus} onScroll={({ currentTarget }) => lastPlace.keep(search, currentTarget.scrollTop)}>
      <div role="table" aria-label={t("rail.clients")} aria-rowcount={list.hasNextPage ? -1 : rows.length + 1} className={css.table} onKeyDown={(event) => walk(event, move, rows.length)}>
        <div role="rowgroup" className={css.tableHead}>
          <div role="row" aria-rowindex={1} className={css.tableRow} style={layout}>
            <span role="columnheader" className={mark.mark}>
              <input type="checkbox" aria-label={t("clients.bulk.all")} checked={rows.every(({ clientId }) => selection.ids.has(clientId))} onChange={({ target }) => selection.set(target.checked ? order : [])} />
            </span>
            <Head label={t("clients.name")} order="name" query={query} />
            {shown.map((name) => {
              const column: Column = COLUMNS[name];
              return <Head key={name} label={t(column.label)} order={column.order} end={column.end} query={query} />;
            })}
          </div>
        </div>
        <div role="rowgroup" className={css.tableBody} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const client = rows[item.index];
            return client && <Row key={item.key} client={client} potential={potentials.get(client.clientId)} index={item.index} top={item.start} height={height} current={item.index === current} chosen={selection.ids.has(client.clientId)} onChoose={choose} columns={shown} second={phone} layout={layout.gridTemplateColumns} names={names} now={now} />;
          })}
        </div>
      </div>
    </div>
  );
}

/** A press orders the list by the column; the way is that of the order. */
function Head({ label, order, end, query }: { label: string; order: Order | undefined; end?: true | undefined; query: ClientQuery }) {
  const chosen = order === query.order;
  const Arrow = order === "name" ? IconArrowUp : IconArrowDown;
  return (
    <span role="columnheader" aria-sort={chosen ? (order === "name" ? "ascending" : "descending") : undefined} data-end={end}>
      {order ? (
        <Link to="/clients" search={searchOf({ ...query, order })} replace className={mark.sort} title={t("clients.orderBy", { name: label })}>
          {label}
          {chosen && <Arrow size={14} stroke={1.75} aria-hidden="true" />}
        </Link>
      ) : (
        label
      )}
    </span>
  );
}

type RowProps = { client: Client; potential: ClientPotential | undefined; index: number; top: number; height: number; current: boolean; chosen: boolean; onChoose: (clientId: string, stretch: boolean) => void; columns: readonly ColumnName[]; second: boolean; layout: string; names: Names; now: number };

const Row = memo(function Row({ client, potential, index, top, height, current, chosen, onChoose, columns, second, layout, names, now }: RowProps) {
  const Icon = client.kind === ClientKind.PERSON ? IconUser : IconBuilding;
  return (
    <div role="row" aria-rowindex={index + 2} data-id={client.clientId} data-chosen={chosen || undefined} className={css.tableRow} style={{ gridTemplateColumns: layout, height, transform: `translateY(${top}px)` }}>
      {/* X chooses by keyboard: one stop for each row is enough. */}
      <span role="cell" className={mark.mark}>
        <input type="checkbox" tabIndex={-1} aria-label={t("clients.bulk.choose", { name: client.name })} checked={chosen} onClick={(event) => onChoose(client.clientId, event.shiftKey)} onChange={() => undefined} />
      </span>
      <span role="rowheader" className={css.nameCell}>
        <Icon size={16} stroke={1.75} role="img" aria-label={t(client.kind === ClientKind.PERSON ? "clients.person" : "clients.company")} />
        <span className={css.itemText}>
          <Link className={css.rowLink} to="/clients/$clientId" params={{ clientId: client.clientId }} search={{}} tabIndex={current ? 0 : -1} title={client.name}>
            {client.workingName || client.name}
          </Link>
          {second && <span className={css.second}>{COLUMNS.phone.draw(client) || COLUMNS.responsible.draw(client, names)}</span>}
        </span>
      </span>
      {columns.map((name) => (
        <span key={name} role="cell" className={css.cell} data-end={(COLUMNS[name] as Column).end}>
          {COLUMNS[name].draw(client, names, now, potential)}
        </span>
      ))}
    </div>
  );
});

/** X chooses, with Shift a stretch; Ctrl+A all that are loaded. */
function useChoosing(order: readonly string[], current: number, move: (step: number) => void, { ids, toggle, extend, set }: Selection): (clientId: string, stretch: boolean) => void {
  const latest = useRef(order);
  useEffect(() => {
    latest.current = order;
  });
  const choose = useCallback((clientId: string, stretch: boolean) => (stretch ? extend(clientId, latest.current) : toggle(clientId)), [extend, toggle]);
  const go = (step: number): void => {
    const here = order[current];
    if (here && !ids.has(here)) toggle(here);
    const next = order[current + step];
    if (next) extend(next, order);
    move(step);
  };
  useCommand("list.select", () => choose(order[current] ?? "", false));
  useCommand("list.extendDown", () => go(1));
  useCommand("list.extendUp", () => go(-1));
  useCommand("list.selectAll", () => set(order));
  return choose;
}
