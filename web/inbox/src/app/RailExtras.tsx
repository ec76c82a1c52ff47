import { IconPlugConnectedX } from "@tabler/icons-react";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { useTroubles } from "../features/channels/useTroubles.ts";
import { type Trouble, troubleText } from "../features/channels/trouble.ts";
import { NoticesBell } from "../features/notices/NoticesBell.tsx";
import { addNotice, type Notice, readNotices } from "../features/notices/store.ts";
import { useBadge } from "../features/notices/useBadge.ts";
import { useNoticing } from "../features/notices/useNoticing.ts";
import { t, useT } from "../i18n/index.ts";
import { newId } from "../rpc/ids.ts";
import { serverNow } from "../rpc/clock.ts";
import css from "./Rail.module.css";

/** What the rail shows once the page stands: channels in trouble, and what has happened. `waiting` is unread. */
export function RailExtras({ waiting }: { waiting: number }) {
  useT();
  const open = useOpen();
  const shown = useRouterState({ select: (state) => /^\/inbox\/[^/]+\/([^/]+)/u.exec(state.location.pathname)?.[1] ?? "" });
  useNoticing(shown, open);
  useBadge(waiting);
  const troubles = useTroubles(note);
  return (
    <>
      {troubles.length > 0 && <Alarm troubles={troubles} />}
      <NoticesBell className={css.place} counterClass={css.counter} labelClass={css.label} onOpen={open} />
    </>
  );
}

/** Quiet, and there on every screen until it is well again. */
function Alarm({ troubles }: { troubles: readonly Trouble[] }) {
  const label = t("alarm.rail", { n: troubles.length });
  return (
    <Link to="/settings/channels" className={css.place} data-alarm aria-label={label} title={troubles.map(troubleText).join("\n")}>
      <IconPlugConnectedX size={20} stroke={1.75} aria-hidden="true" />
      <span className={css.label} aria-hidden="true">
        {t("alarm.short")}
      </span>
    </Link>
  );
}

function note(trouble: Trouble): void {
  addNotice({ id: newId(), kind: "channel", subjectId: trouble.accountId, channel: trouble.channel, title: trouble.name, text: troubleText(trouble), by: "", at: serverNow(), seq: 0, read: false });
}

function useOpen(): (notice: Notice) => void {
  const navigate = useNavigate();
  return (notice) => {
    readNotices(notice.subjectId);
    if (notice.kind === "channel") void navigate({ to: "/settings/channels/$accountId", params: { accountId: notice.subjectId } });
    else void navigate({ to: "/inbox/$view/$conversationId", params: { view: "all", conversationId: notice.subjectId }, search: notice.seq > 0 ? { m: notice.seq } : {} });
  };
}
