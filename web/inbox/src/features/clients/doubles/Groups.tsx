import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { IconArrowLeft, IconCircleCheck, IconCopyCheck, IconSearch } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { type DuplicateGroup, type DuplicateSearch, DuplicateSearchState, DuplicateService } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { listTime } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import { Flag } from "../fields/controls.tsx";
import { refresh } from "../queries.ts";
import { Comparison } from "./Comparison.tsx";
import css from "./doubles.module.css";
import { type DoublesSearch, idIn, kindOf, said, searchOf, useOf } from "./of.ts";
import { isRunning, useGroups, useNewestSearch } from "./queries.ts";
import { matchedText } from "./words.ts";

/** What a search over all clients found, the surest first; the open group stands beside the list. */
export function Groups() {
  const of = useOf();
  const { data, error, isPending, refetch } = useNewestSearch(of, true);
  const problem = error && !data ? problemOf(error) : undefined;
  const none = problem?.reason === "DUPLICATE_SEARCH_NOT_FOUND";
  if (problem && !none) return <Failure what={t("doubles.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  if (isPending && !none) return <SkeletonRows rows={4} height={72} />;
  const search = data?.search;
  if (!search) {
    return (
      <Empty icon={IconCopyCheck} title={t(said(of, "doubles.none"))}>
        <Start first />
      </Empty>
    );
  }
  return (
    <>
      <State search={search} />
      {search.state === DuplicateSearchState.DONE && <Found search={search} />}
    </>
  );
}

function Start({ first = false }: { first?: boolean }) {
  const of = useOf();
  const start = useMutation(DuplicateService.method.startDuplicateSearch, {
    onSuccess: () => refresh(DuplicateService),
    onError: (error) => {
      void refresh(DuplicateService);
      toast(problemText(problemOf(error)), { error: true });
    },
  });
  return (
    <Button variant={first ? "filled" : "default"} loading={start.isPending} leftSection={<IconSearch size={16} stroke={1.75} aria-hidden="true" />} onClick={() => start.mutate({ requestId: newId(), kind: kindOf(of) })}>
      {t(first ? "doubles.find" : "doubles.findAgain")}
    </Button>
  );
}

/** How far it is, or what it came to. */
function State({ search }: { search: DuplicateSearch }) {
  const now = useNow(60_000);
  const ended = useEnding(search);
  const of = useOf();
  if (!isRunning(search)) {
    return (
      <div className={css.state}>
        <span role="status" ref={ended} tabIndex={-1}>
          {t("doubles.done", { when: listTime(millis(search.endedAt), now) })} · {t(said(of, "doubles.readN"), { n: Number(search.clients) })} · {t("doubles.groupsN", { n: Number(search.groups) })}
        </span>
        <Start />
      </div>
    );
  }
  return (
    <div className={css.running}>
      <span>
        {t(search.state === DuplicateSearchState.COMPARING ? "doubles.comparing" : said(of, "doubles.reading"))} · {t(said(of, "doubles.readN"), { n: Number(search.clients) })}
      </span>
      <progress max={100} value={search.percent} aria-label={t("doubles.progress")} />
      <span className={css.percent}>{t("doubles.score", { n: search.percent })}</span>
    </div>
  );
}

/** When what was waited for is there, the keyboard is not left on what has gone. */
function useEnding(search: DuplicateSearch) {
  const line = useRef<HTMLSpanElement>(null);
  const running = isRunning(search);
  const before = useRef(running);
  useEffect(() => {
    if (before.current && !running && document.activeElement === document.body) line.current?.focus();
    before.current = running;
  }, [running]);
  return line;
}

function keyOf(group: DuplicateGroup | undefined): string | undefined {
  const [first] = group?.members ?? [];
  return first && idIn(first);
}

function Found({ search }: { search: DuplicateSearch }) {
  const [sure, setSure] = useState(false);
  const { g } = useSearch({ strict: false }) as DoublesSearch;
  const of = useOf();
  const navigate = useNavigate();
  const query = useGroups(search.searchId, sure);
  const groups = query.data?.pages.flatMap((page) => page.groups) ?? [];
  const at = groups.findIndex((group) => keyOf(group) === g);
  // A merged group has left the list, and what became of it is still looked at.
  const [open, setOpen] = useState<{ key: string; group: DuplicateGroup; next: string | undefined }>();
  const found = groups[at];
  const after = keyOf(groups[at + 1] ?? groups[at - 1]);
  if (found && g && (open?.group !== found || open.next !== after)) setOpen({ key: g, group: found, next: after });
  const go = (key: string | undefined): void => void navigate({ to: "/clients/$clientId", params: { clientId: "duplicates" }, search: { ...searchOf(of), ...(key ? { g: key } : {}) }, replace: g !== undefined && key !== undefined });
  const move = (step: number): void => {
    const next = keyOf(at < 0 ? groups[0] : groups[Math.max(0, Math.min(groups.length - 1, at + step))]);
    if (next && next !== g) go(next);
  };
  useCommand("list.next", () => move(1));
  useCommand("list.previous", () => move(-1));
  const problem = query.error && !query.data ? problemOf(query.error) : undefined;
  const shown = g && open?.key === g ? open : undefined;
  if (problem) return <Failure what={t("doubles.groupsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void query.refetch()} />;
  if (!query.data) return <SkeletonRows rows={6} height={64} />;
  return (
    <div className={css.work} data-open={shown ? true : undefined}>
      <div className={css.side}>
        <Flag label={t("doubles.onlySure")} checked={sure} onChange={setSure} />
        {groups.length === 0 && <Empty icon={IconCircleCheck} title={t(sure ? "doubles.noneSure" : search.groups > 0n ? "doubles.allDone" : "doubles.noneFound")} />}
        <ul className={css.groups} aria-label={t(said(of, "doubles.groups"))}>
          {groups.map((group) => (
            <li key={keyOf(group)}>
              <GroupLink group={group} current={keyOf(group) === g} />
            </li>
          ))}
        </ul>
        {query.hasNextPage && (
          <Button variant="default" size="compact-sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("doubles.more")}
          </Button>
        )}
      </div>
      {shown ? (
        <div className={css.main}>
          <Link className={css.toGroups} to="/clients/$clientId" params={{ clientId: "duplicates" }} search={searchOf(of)}>
            <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" /> {t("doubles.toGroups")}
          </Link>
          <OfGroup key={shown.key} group={shown.group} onDifferent={() => go(shown.next)} onNext={() => go(shown.next)} />
        </div>
      ) : (
        groups.length > 0 && <p className={css.pick}>{t(said(of, "doubles.pick"))}</p>
      )}
    </div>
  );
}

function OfGroup({ group, ...on }: { group: DuplicateGroup; onDifferent: () => void; onNext: () => void }) {
  const of = useOf();
  const seen = group.members.filter(({ canOpen }) => canOpen).map(idIn);
  const matched = [...new Set(group.pairs.flatMap((pair) => pair.matched))].sort((a, b) => a - b);
  return (
    <>
      <p className={css.hint}>{matchedText(matched)}</p>
      <Comparison of={of} ids={seen} closed={group.members.length - seen.length} {...on} />
    </>
  );
}

function GroupLink({ group, current }: { group: DuplicateGroup; current: boolean }) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (current) link.current?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const of = useOf();
  const names = group.members.map(({ canOpen, name, clientName }) => (canOpen ? [name, clientName].filter(Boolean).join(", ") : t(said(of, "doubles.closed"))));
  return (
    <Link ref={link} className={css.group} to="/clients/$clientId" params={{ clientId: "duplicates" }} search={{ ...searchOf(of), g: keyOf(group) }} aria-current={current || undefined}>
      <span className={css.groupNames}>{names.slice(0, 2).join(" · ")}</span>
      <span className={css.groupMeta}>
        <Chip tone={group.duplicate ? "amber" : "gray"}>{t(group.duplicate ? "doubles.sure" : "doubles.possible")}</Chip>
        <span>{t("doubles.scoreOf", { n: group.score })}</span>
        <span>{t(said(of, "doubles.membersN"), { n: group.members.length })}</span>
      </span>
    </Link>
  );
}
