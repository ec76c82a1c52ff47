import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { IconBookmarkOff, IconInbox, IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { ChannelAccountService } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { Empty } from "../../../ui/States.tsx";
import { isNarrowed, type ListFilter, NO_VALUES } from "../filter.ts";
import { useInboxGo } from "../location.ts";
import { useCounts } from "../queries.ts";

/** An empty list says what belongs here and offers the next step. */
export function Nothing({ filter }: { filter: ListFilter }) {
  useT();
  const go = useInboxGo();
  const counts = useCounts();
  const accounts = useQuery(ChannelAccountService.method.listChannelAccounts, { pageSize: 200 }).data?.accounts;
  if (filter.query || isNarrowed(filter)) {
    return (
      <Empty icon={IconSearch} title={t("inbox.empty.filtered")}>
        <Button variant="default" onClick={() => void go.filter({ ...filter, query: "", values: NO_VALUES, flags: [] })}>
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

/** The address names a view that was deleted, or that is someone else's. */
export function ViewGone() {
  useT();
  return (
    <Empty icon={IconBookmarkOff} title={t("error.VIEW_NOT_FOUND")}>
      <Button component={Link} to="/inbox/all" variant="default">
        {t("inbox.view.all")}
      </Button>
    </Empty>
  );
}
