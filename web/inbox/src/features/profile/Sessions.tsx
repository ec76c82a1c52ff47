import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { type Session, SessionService } from "../../gen/okno/org/v1/session_service_pb.ts";
import { dayAndClock } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, serverNow } from "../../rpc/clock.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Chip } from "../../ui/Chip.tsx";
import { Section } from "../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { toast } from "../../ui/toasts.ts";
import { deviceName } from "./device.ts";
import css from "./ProfilePage.module.css";

const PAGE = 100;

/** Where one is signed in; any of them, or all others, can be ended from here. */
export function Sessions() {
  const { data, error, isPending, refetch } = useQuery(SessionService.method.listSessions, { pageSize: PAGE }, { staleTime: 0 });
  const revoke = useMutation(SessionService.method.revokeSession, {
    onSettled: () => refetch(),
    onSuccess: () => toast(t("profile.sessionEnded")),
  });
  const sessions = data?.sessions ?? [];
  return (
    <Section title={t("profile.sessions")}>
      {isPending && <SkeletonRows rows={2} height={44} />}
      {error && !data && <Failure what={t("profile.sessionsFailed")} why={problemText(problemOf(error))} retry={() => void refetch()} />}
      {revoke.error && <Strip tone="red">{problemText(problemOf(revoke.error))}</Strip>}
      <ul>
        {sessions.map((session) => (
          <Row key={session.sessionId} session={session} busy={revoke.isPending} onEnd={() => revoke.mutate({ sessionId: session.sessionId })} />
        ))}
      </ul>
      {sessions.length > 1 && (
        <Button variant="default" loading={revoke.isPending} onClick={() => revoke.mutate({ sessionId: "" })}>
          {t("profile.sessionsEnd")}
        </Button>
      )}
    </Section>
  );
}

function Row({ session, busy, onEnd }: { session: Session; busy: boolean; onEnd: () => void }) {
  const name = deviceName(session.userAgent);
  return (
    <li className={css.session}>
      <span>
        <span title={session.userAgent}>{name}</span> <span className={css.muted}>{session.clientAddress}</span>
        <br />
        <span className={css.muted}>{t("profile.sessionSeen", { time: dayAndClock(millis(session.lastSeenAt), serverNow()) })}</span>
      </span>
      {session.current ? (
        <Chip tone="green">{t("profile.sessionCurrent")}</Chip>
      ) : (
        <Button variant="default" size="compact-sm" aria-label={t("profile.sessionEndOf", { name })} disabled={busy} onClick={onEnd}>
          {t("profile.sessionEnd")}
        </Button>
      )}
    </li>
  );
}
