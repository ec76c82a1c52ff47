import { Button } from "@mantine/core";
import { IconArrowsSort, IconAt, IconFilter, IconInbox, IconSearch, IconX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useQuery } from "@connectrpc/connect-query";
import { useEffect, useRef, useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { ChannelAccountService } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Counter } from "../../../ui/Counter.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useInboxGo, useInboxPlace, type InboxSearch } from "../location.ts";
import { useCounts, useList } from "../queries.ts";
import { rowsOf } from "../cache.ts";
import { type ListFilter, VIEWS } from "../filter.ts";
import { ConversationList } from "./ConversationList.tsx";
import css from "./ListPane.module.css";
import { ROW_HEIGHT } from "./Row.tsx";

const SEARCH_PAUSE_MS = 250;

/** The list pane: views, search, filters, rows; its edge is the caller's. `onRows` learns the order on screen. */
export function ListPane({ onRows, children }: { onRows: (ids: readonly string[]) => void; children?: React.ReactNode }) {
  const t = useT();
  const { filter, conversationId } = useInboxPlace();
  const list = useList(filter);
  return (
    <section className={css.pane} role="region" aria-label={t("inbox.list")} data-pane>
      <header className={css.head}>
        <h1 className={css.title} tabIndex={-1}>
          {t("inbox.title")}
        </h1>
        <Views filter={filter} />
        <Tools filter={filter} />
        <Filters filter={filter} />
      </header>
      {list.isError && <Failure what={t("inbox.failed")} why={problemText(problemOf(list.error))} traceId={problemOf(list.error).traceId} retry={() => void list.refetch()} />}
      {list.isPending && <SkeletonRows rows={6} height={ROW_HEIGHT} />}
      {list.data && rowsOf(list.data).length === 0 && !list.isError && <Nothing filter={filter} />}
      {list.data && rowsOf(list.data).length > 0 && <ConversationList filter={filter} openId={conversationId} list={list} onRows={onRows} />}
      {children}
    </section>
  );
}

function Views({ filter }: { filter: ListFilter }) {
  const t = useT();
  const counts = useCounts();
  return (
    <nav className={css.views} aria-label={t("inbox.views")}>
      {VIEWS.map((view) => (
        <Link
          key={view}
          to="/inbox/$view"
          params={{ view }}
          search={(before: InboxSearch) => ({ ...before, m: undefined })}
          className={css.view}
          aria-current={view === filter.view ? "page" : undefined}
          title={view === "mentions" ? t("inbox.view.mentions") : undefined}
        >
          {view === "mentions" && <IconAt size={16} stroke={1.75} aria-hidden="true" />}
          <span className={view === "mentions" ? "visually-hidden" : undefined}>{t(`inbox.view.${view}`)}</span>
          {view !== "all" && <Counter n={counts?.[view] ?? 0} />}
        </Link>
      ))}
    </nav>
  );
}

function Tools({ filter }: { filter: ListFilter }) {
  const t = useT();
  const go = useInboxGo();
  const [text, setText] = useState(filter.query);
  const field = useRef<HTMLInputElement>(null);
  const search = (query: string): void => void go.search({ q: query.trim() || undefined }, true);

  useEffect(() => setText(filter.query), [filter.query]);
  useEffect(() => {
    if (text.trim() === filter.query) return;
    const timer = setTimeout(() => search(text), SEARCH_PAUSE_MS);
    return () => clearTimeout(timer);
  });
  useCommand("app.search", () => field.current?.focus());

  return (
    <div className={css.tools}>
      <div className={css.search}>
        <IconSearch size={16} stroke={1.75} aria-hidden="true" />
        <input
          ref={field}
          type="search"
          aria-label={t("inbox.search")}
          placeholder={t("inbox.search")}
          value={text}
          maxLength={200}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") search(text);
            if (event.key === "Escape") {
              event.stopPropagation();
              setText("");
              event.currentTarget.blur();
            }
          }}
        />
        {text && (
          <button type="button" className={css.clear} aria-label={t("inbox.searchClear")} onClick={() => setText("")}>
            <IconX size={16} stroke={1.75} aria-hidden="true" />
          </button>
        )}
      </div>
      <OrderMenu filter={filter} />
      <ChannelMenu filter={filter} />
    </div>
  );
}

function OrderMenu({ filter }: { filter: ListFilter }) {
  const t = useT();
  const go = useInboxGo();
  const items = (): MenuItem[] =>
    (["activity", "waiting"] as const).map((order) => ({
      kind: "choice",
      label: t(`inbox.order.${order}`),
      chosen: order === filter.order,
      run: () => void go.search({ sort: order === "waiting" ? order : undefined }),
    }));
  return (
    <Menu label={t("inbox.order")} items={items}>
      {(button) => (
        <IconButton label={`${t("inbox.order")}: ${t(`inbox.order.${filter.order}`)}`} {...button}>
          <IconArrowsSort size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
    </Menu>
  );
}

function ChannelMenu({ filter }: { filter: ListFilter }) {
  const t = useT();
  const go = useInboxGo();
  const accounts = useQuery(ChannelAccountService.method.listChannelAccounts, { pageSize: 200 }).data?.accounts ?? [];
  const items = (): MenuItem[] => {
    const channels = [...new Set(accounts.map((account) => account.channel))];
    const choose = (channel: string | undefined, account: string | undefined) => () => void go.search({ channel, account });
    return [
      { kind: "choice", label: t("inbox.channel.all"), chosen: !filter.channel && !filter.account, run: choose(undefined, undefined) },
      ...channels.map((channel): MenuItem => ({ kind: "choice", label: channelTitle(channel), chosen: filter.channel === channel, run: choose(channel, undefined) })),
      { kind: "line" },
      ...accounts.map((account): MenuItem => ({ kind: "choice", label: account.name, chosen: filter.account === account.accountId, run: choose(undefined, account.accountId) })),
    ];
  };
  if (accounts.length === 0) return null;
  return (
    <Menu label={t("inbox.channel")} items={items}>
      {(button) => (
        <IconButton label={t("inbox.channel")} {...button}>
          <IconFilter size={16} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
    </Menu>
  );
}

function Filters({ filter }: { filter: ListFilter }) {
  const t = useT();
  const go = useInboxGo();
  const accounts = useQuery(ChannelAccountService.method.listChannelAccounts, { pageSize: 200 }).data?.accounts ?? [];
  const account = accounts.find((found) => found.accountId === filter.account);
  const shown = [
    filter.channel && { name: t("inbox.filter.channel", { name: channelTitle(filter.channel) }), off: { channel: undefined } },
    filter.account && { name: t("inbox.filter.account", { name: account?.name ?? "…" }), off: { account: undefined } },
  ].filter((chip) => typeof chip === "object");
  if (shown.length === 0) return null;
  return (
    <div className={css.filters}>
      {shown.map((chip) => (
        <button key={chip.name} type="button" className={css.filter} aria-label={t("inbox.filter.remove", { name: chip.name })} onClick={() => void go.search(chip.off)}>
          {chip.name} <IconX size={12} stroke={2} aria-hidden="true" />
        </button>
      ))}
    </div>
  );
}

/** An empty list says what belongs here and offers the next step. */
function Nothing({ filter }: { filter: ListFilter }) {
  const t = useT();
  const go = useInboxGo();
  const counts = useCounts();
  const accounts = useQuery(ChannelAccountService.method.listChannelAccounts, { pageSize: 200 }).data?.accounts;
  if (filter.query || filter.channel || filter.account) {
    return (
      <Empty icon={IconSearch} title={t("inbox.empty.filtered")}>
        <Button variant="default" onClick={() => void go.search({ q: undefined, channel: undefined, account: undefined })}>
          {t("inbox.resetFilter")}
        </Button>
      </Empty>
    );
  }
  if (accounts?.length === 0) {
    return (
      <Empty icon={IconInbox} title={t("inbox.noChannels")}>
        <Button component={Link} to="/settings/channels">
          {t("inbox.connect")}
        </Button>
      </Empty>
    );
  }
  const queue = counts?.unassigned ?? 0;
  return (
    <Empty icon={IconInbox} title={t(`inbox.empty.${filter.view}`)}>
      {filter.view === "mine" && queue > 0 && (
        <Button component={Link} to="/inbox/unassigned">
          {t("inbox.openQueue", { n: queue })}
        </Button>
      )}
    </Empty>
  );
}

