import { Button, Switch } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { SessionService } from "../../gen/okno/org/v1/session_service_pb.ts";
import { dayAndClock, duration } from "../../i18n/format.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { millis, serverNow } from "../../rpc/clock.ts";
import { problemOf } from "../../rpc/errors.ts";
import { setPreference, usePreference } from "../../rpc/preferences.ts";
import { useMe } from "../../rpc/session.ts";
import { Chip } from "../../ui/Chip.tsx";
import { Field } from "../../ui/Field.tsx";
import { Page, Section } from "../../ui/Page.tsx";
import { toast } from "../../ui/toasts.ts";
import css from "./ProfilePage.module.css";
import { Totp } from "./Totp.tsx";
import { useTitle } from "../../ui/title.ts";

const DELAYS = ["0", "5", "10"];

/** What is one's own: how the page behaves, and how one signs in. */
export function ProfilePage() {
  useT();
  const { employee } = useMe();
  useTitle(t("profile.title"));
  return (
    <Page title={t("profile.title")}>
      <Section title={employee?.name ?? ""}>
        <p className={css.muted}>
          {t("profile.login")}: {employee?.login}
        </p>
      </Section>
      <View />
      <Totp />
      <Password />
      <Sessions />
    </Page>
  );
}

function View() {
  const keys = usePreference("single_keys") !== "off";
  const delay = usePreference("undo_seconds") || "5";
  return (
    <Section title={t("profile.view")}>
      <Switch label={t("profile.keys")} description={t("profile.keysHint")} checked={keys} onChange={(event) => setPreference("single_keys", event.currentTarget.checked ? "" : "off")} />
      <Field label={t("profile.undo")}>
        {(props) => (
          <select {...props} value={delay} onChange={(event) => setPreference("undo_seconds", event.target.value)}>
            {DELAYS.map((seconds) => (
              <option key={seconds} value={seconds}>
                {seconds === "0" ? t("composer.undoNone") : duration(Number(seconds) * 1000)}
              </option>
            ))}
          </select>
        )}
      </Field>
    </Section>
  );
}

function Password() {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const change = useMutation(SessionService.method.changePassword, {
    onSuccess: () => {
      setOld("");
      setFresh("");
      toast(t("profile.passwordChanged"));
    },
  });
  const problem = change.error ? problemOf(change.error) : undefined;
  return (
    <Section title={t("profile.password")}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ oldPassword: old, newPassword: fresh });
        }}
      >
        <Field label={t("profile.oldPassword")} error={problem?.reason === "WRONG_CREDENTIALS" ? problemText(problem) : undefined}>
          {(props) => <input {...props} type="password" autoComplete="current-password" required value={old} onChange={(event) => setOld(event.target.value)} />}
        </Field>
        <Field label={t("profile.newPassword")} hint={t("profile.newPasswordHint")} error={problem && problem.reason !== "WRONG_CREDENTIALS" ? problemText(problem) : undefined}>
          {(props) => <input {...props} type="password" autoComplete="new-password" required minLength={10} maxLength={200} value={fresh} onChange={(event) => setFresh(event.target.value)} />}
        </Field>
        <Button type="submit" variant="default" loading={change.isPending}>
          {t("profile.changePassword")}
        </Button>
      </form>
    </Section>
  );
}

function Sessions() {
  const { data, refetch } = useQuery(SessionService.method.listSessions, { pageSize: 50 }, { staleTime: 0 });
  const revoke = useMutation(SessionService.method.revokeSession, { onSuccess: () => refetch() });
  const sessions = data?.sessions ?? [];
  return (
    <Section title={t("profile.sessions")}>
      <ul className={css.sessions}>
        {sessions.map((session) => (
          <li key={session.sessionId} className={css.session}>
            <span>
              {session.userAgent || "—"} <span className={css.muted}>{session.clientAddress}</span>
              <br />
              <span className={css.muted}>{t("profile.sessionSeen", { time: dayAndClock(millis(session.lastSeenAt), serverNow()) })}</span>
            </span>
            {session.current ? (
              <Chip tone="green">{t("profile.sessionCurrent")}</Chip>
            ) : (
              <Button variant="default" size="compact-sm" onClick={() => revoke.mutate({ sessionId: session.sessionId })}>
                {t("profile.sessionEnd")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <Button variant="default" onClick={() => revoke.mutate({ sessionId: "" })}>
          {t("profile.sessionsEnd")}
        </Button>
      )}
    </Section>
  );
}
