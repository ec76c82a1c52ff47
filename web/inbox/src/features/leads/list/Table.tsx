import { useVirtualizer } from "@tanstack/react-virtual";
import { IconBuilding, IconUser } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { memo, useLayoutEffect, useMemo, useRef } from "react";
import { useCommand } from "../../../app/commands.ts";
import { ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { Lead } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { usePreference } from "../../../rpc/preferences.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { useCursor, useMore, walk } from "../../../ui/list/cursor.ts";
import css from "../../../ui/list/list.module.css";
import { usePlace } from "../../../ui/list/place.ts";
import { Time } from "../../../ui/Time.tsx";
import { PHONE, useMedia } from "../../../ui/useMedia.ts";
import { AddressLink } from "../AddressLink.tsx";
import { lastPlace } from "../last.ts";
import own from "../leads.module.css";
import type { useLeadList } from "../queries.ts";
import { type LeadQuery, searchOf } from "../query.ts";
import { kindWord, stateTone, stateWord, stepWord } from "../words.ts";

const OVERSCAN = 8;
const HEIGHTS = { usual: 44, compact: 36, phone: 64 };

type Drawn = { lead: Lead; whose: string; now: number };
type Column = { label: Key; width: string; end?: true; draw: (row: Drawn) => React.ReactNode };

const COLUMNS: readonly Column[] = [
  { label: "leads.contact", width: "minmax(150px, 1.2fr)", draw: ({ lead }) => <Contact lead={lead} /> },
  { label: "leads.field.state", width: "132px", draw: ({ lead }) => <Chip tone={stateTone(lead.state)}>{stateWord(lead.state)}</Chip> },
  { label: "leads.score", width: "64px", end: true, draw: ({ lead }) => lead.score },
  { label: "leads.field.responsibleEmployeeId", width: "minmax(120px, 1fr)", draw: ({ whose }) => whose || <span className={own.muted}>{t("leads.nobody")}</span> },
  { label: "leads.activeAt", width: "96px", draw: ({ lead, now }) => <Time at={millis(lead.activeAt)} now={now} /> },
  { label: "leads.nextStep", width: "minmax(130px, 1fr)", draw: ({ lead }) => stepWord(lead.nextStep) },
];

function Contact({ lead }: { lead: Lead }) {
  const address = lead.addresses.find(({ isMain }) => isMain) ?? lead.addresses[0];
  return address ? <AddressLink address={address} /> : null;
}

/** Only what is seen is drawn; J, K and the arrows walk, Enter opens. */
export function Table({ query, list }: { query: LeadQuery; list: ReturnType<typeof useLeadList> }) {
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.leads) ?? [], [list.data]);
  const phone = useMedia(PHONE);
  const compact = usePreference("density") === "compact";
  const height = phone ? HEIGHTS.phone : compact ? HEIGHTS.compact : HEIGHTS.usual;
  const box = useRef<HTMLDivElement>(null);
  const search = searchOf(query);
  const employees = useEmployees();
  const now = useNow(60_000);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => height, getItemKey: (index) => rows[index]?.leadId ?? index, overscan: OVERSCAN });
  useLayoutEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  useMore(list, items.at(-1)?.index ?? 0, rows.length);
  usePlace(box, search, lastPlace);
  const order = useMemo(() => rows.map(({ leadId }) => leadId), [rows]);
  const { current, move, onFocus } = useCursor(box, order, (index) => virtual.scrollToIndex(index));
  useCommand("list.next", () => move(1));
  useCommand("list.previous", () => move(-1));
  const layout = ["minmax(180px, 1.6fr)", ...(phone ? [] : COLUMNS.map(({ width }) => width))].join(" ");
  return (
    <div ref={box} className={css.tableBox} onFocus={onFocus} onScroll={({ currentTarget }) => lastPlace.keep(search, currentTarget.scrollTop)}>
      <div role="table" aria-label={t("leads.title")} aria-rowcount={list.hasNextPage ? -1 : rows.length + 1} className={css.table} onKeyDown={(event) => walk(event, move, rows.length)}>
        <div role="rowgroup" className={css.tableHead}>
          <div role="row" aria-rowindex={1} className={css.tableRow} style={{ gridTemplateColumns: layout }}>
            <span role="columnheader">{t("leads.field.name")}</span>
            {!phone &&
              COLUMNS.map(({ label, end }) => (
                <span key={label} role="columnheader" data-end={end}>
                  {t(label)}
                </span>
              ))}
          </div>
        </div>
        <div role="rowgroup" className={css.tableBody} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const lead = rows[item.index];
            return lead && <Row key={item.key} lead={lead} index={item.index} top={item.start} height={height} current={item.index === current} phone={phone} layout={layout} whose={employees.get(lead.responsibleEmployeeId)?.name ?? (lead.responsibleEmployeeId ? "…" : "")} now={now} />;
          })}
        </div>
      </div>
    </div>
  );
}

type RowProps = Drawn & { index: number; top: number; height: number; current: boolean; phone: boolean; layout: string };

const Row = memo(function Row({ lead, whose, now, index, top, height, current, phone, layout }: RowProps) {
  const Icon = lead.kind === ClientKind.COMPANY ? IconBuilding : IconUser;
  return (
    <div role="row" aria-rowindex={index + 2} data-id={lead.leadId} className={css.tableRow} style={{ gridTemplateColumns: layout, height, transform: `translateY(${top}px)` }}>
      <span role="rowheader" className={css.nameCell}>
        <Icon size={16} stroke={1.75} role="img" aria-label={kindWord(lead.kind)} />
        <span className={css.itemText}>
          <Link className={css.rowLink} to="/leads/$leadId" params={{ leadId: lead.leadId }} search={{}} tabIndex={current ? 0 : -1} title={lead.name}>
            {lead.name || t("leads.unnamed")}
          </Link>
          {phone && <span className={css.second}>{[whose || t("leads.nobody"), stepWord(lead.nextStep)].filter(Boolean).join(" · ")}</span>}
          {!phone && lead.companyName && <span className={css.second}>{lead.companyName}</span>}
        </span>
        {phone && (
          <span className={own.phoneEnd}>
            <Chip tone={stateTone(lead.state)}>{stateWord(lead.state)}</Chip>
            <span className={own.muted}>{t("leads.scoreN", { n: lead.score })}</span>
          </span>
        )}
      </span>
      {!phone &&
        COLUMNS.map(({ label, end, draw }) => (
          <span key={label} role="cell" className={css.cell} data-end={end}>
            {draw({ lead, whose, now })}
          </span>
        ))}
    </div>
  );
});
