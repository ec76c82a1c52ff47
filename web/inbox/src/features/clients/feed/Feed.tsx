import { Button } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { FeedEntry } from "../../../gen/okno/crm/v1/feed_service_pb.ts";
import { dayTitle } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Section } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import clients from "../clients.module.css";
import { useContacts } from "../queries.ts";
import { useNames } from "../useSay.ts";
import { Bar } from "./Bar.tsx";
import { Entry, type Known } from "./Entry.tsx";
import css from "./feed.module.css";
import { byDay } from "./items.ts";
import { useFeedNews } from "./live.ts";
import { usePin, useFeed } from "./queries.ts";
import { EVERYTHING, feedSearch, isNarrowed, readFeed } from "./query.ts";

/** Everything of one client in every channel: plans, then what I pinned, then the rest by days. */
export function Feed({ clientId }: { clientId: string }) {
  useT();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const query = readFeed(search);
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData } = useFeed(clientId, query);
  useFeedNews(clientId, query);
  const known = useKnown(clientId);
  const onQuery = (next: typeof query): void => void navigate({ to: "/clients/$clientId", params: { clientId }, search: { ...search, ...feedSearch(next) }, replace: true, resetScroll: false });
  const top = data?.pages[0];
  const entries = data?.pages.flatMap((page) => page.entries) ?? [];
  const problem = error && !data ? problemOf(error) : undefined;
  const hidden = top?.hiddenConversations ?? 0;
  const nothing = data && !hasNextPage && entries.length + (top?.plans.length ?? 0) + (top?.pinned.length ?? 0) === 0;
  return (
    <Section title={t("feed.title")}>
      <Bar query={query} onQuery={onQuery} />
      {problem && <Failure what={t("feed.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {!data && !problem && <SkeletonRows rows={6} height={56} />}
      {nothing && (
        <Empty icon={IconHistory} title={t(isNarrowed(query) ? "feed.nothingFits" : "feed.empty")}>
          {isNarrowed(query) && (
            <Button variant="default" size="compact-sm" onClick={() => onQuery(EVERYTHING)}>
              {t("feed.showAll")}
            </Button>
          )}
        </Empty>
      )}
      <div className={css.feed} aria-busy={isPlaceholderData || undefined}>
        {top && <Group title={t("feed.plans")} entries={top.plans} known={known} dated />}
        {top && <Group title={t("feed.pinned")} entries={top.pinned} known={known} dated />}
        {byDay(entries).map(({ day, entries: some }) => (
          <Group key={day} title={dayTitle(day, known.now)} entries={some} known={known} />
        ))}
      </div>
      {hasNextPage && (
        <Button variant="default" size="compact-sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("feed.more")}
        </Button>
      )}
      {hidden > 0 && <p className={clients.muted}>{t("feed.hidden", { n: hidden })}</p>}
    </Section>
  );
}

/** `dated`: its entries are of different days. */
function Group({ title, entries, known, dated = false }: { title: string; entries: readonly FeedEntry[]; known: Known; dated?: boolean }) {
  if (entries.length === 0) return null;
  return (
    <section aria-label={title} className={css.group}>
      <h3 className={css.day}>{title}</h3>
      <ol className={css.list}>
        {entries.map((entry) => (
          <Entry key={entry.entryId} entry={entry} known={known} dated={dated} />
        ))}
      </ol>
    </section>
  );
}

function useKnown(clientId: string): Known {
  const names = useNames();
  const pin = usePin(clientId);
  const now = useNow(60_000);
  const { contacts } = useContacts(clientId);
  return { clientId, names, contacts: new Map(contacts.map(({ contactId, name }) => [contactId, name])), pin, now };
}
