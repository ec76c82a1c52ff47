import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useState } from "react";
import { SessionService } from "../../gen/okno/org/v1/session_service_pb.ts";
import { clock } from "../../i18n/format.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { type Problem, problemOf } from "../../rpc/errors.ts";
import { useMe } from "../../rpc/session.ts";
import { Field } from "../../ui/Field.tsx";
import { Section } from "../../ui/Page.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { toast } from "../../ui/toasts.ts";
import css from "./ProfilePage.module.css";

const LEAST = 10;

/** The old one, the new one; what is wrong is said at the field it belongs to. */
export function Password() {
  const login = useMe().employee?.login ?? "";
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [tried, setTried] = useState(false);
  const change = useMutation(SessionService.method.changePassword, {
    onSuccess: () => {
      setOld("");
      setFresh("");
      setTried(false);
      toast(t("profile.passwordChanged"));
    },
  });
  const problem = change.error ? problemOf(change.error) : undefined;
  const wrong = problem?.reason === "WRONG_CREDENTIALS" ? t("profile.passwordWrong") : undefined;
  const weak = problem?.reason === "WEAK_PASSWORD" ? problemText(problem) : undefined;
  const missing = (value: string): string | undefined => (tried && !value ? t("form.required") : undefined);
  const short = tried && fresh !== "" && [...fresh].length < LEAST ? t("profile.newPasswordHint") : undefined;
  return (
    <Section title={t("profile.password")}>
      <form
        className={css.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (old && [...fresh].length >= LEAST && !change.isPending) change.mutate({ oldPassword: old, newPassword: fresh });
        }}
      >
        {/* For password managers: whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={login} readOnly hidden />
        <Field label={t("profile.oldPassword")} error={missing(old) ?? wrong}>
          {(props) => <input {...props} type="password" autoComplete="current-password" value={old} onChange={(event) => (change.reset(), setOld(event.target.value))} />}
        </Field>
        <Field label={t("profile.newPassword")} hint={t("profile.newPasswordHint")} error={missing(fresh) ?? short ?? weak}>
          {(props) => <input {...props} type="password" autoComplete="new-password" maxLength={200} value={fresh} onChange={(event) => (change.reset(), setFresh(event.target.value))} />}
        </Field>
        {problem && !wrong && !weak && <Strip tone="red">{lockedText(problem)}</Strip>}
        <Button type="submit" variant="default" loading={change.isPending}>
          {t("profile.changePassword")}
        </Button>
      </form>
    </Section>
  );
}

/** A lockout says until when. */
export function lockedText(problem: Problem): string {
  const seconds = Number(problem.metadata["retry_after_seconds"]);
  return problem.reason === "LOCKED_OUT" && seconds > 0 ? t("signIn.lockedUntil", { time: clock(Date.now() + seconds * 1000) }) : problemText(problem);
}
