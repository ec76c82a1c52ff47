import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { Suspense, useState } from "react";
import { SessionService } from "../../gen/okno/org/v1/session_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { problemOf } from "../../rpc/errors.ts";
import { queryClient } from "../../rpc/query.ts";
import { meOptions, useMe } from "../../rpc/session.ts";
import { Chip } from "../../ui/Chip.tsx";
import { Field } from "../../ui/Field.tsx";
import { CopyButton } from "../../ui/form/CopyButton.tsx";
import { Section } from "../../ui/Page.tsx";
import { part } from "../../ui/part.ts";
import { Strip } from "../../ui/Strip.tsx";
import { toast } from "../../ui/toasts.ts";
import { lockedText } from "./Password.tsx";
import css from "./ProfilePage.module.css";

const Qr = part(() => import("./Qr.tsx").then(({ Qr: component }) => component));

/** The second factor: switched on once a code of the new secret was seen, off by the password. */
export function Totp() {
  const { totpEnabled } = useMe();
  return (
    <Section title={t("profile.totp")}>
      <Chip tone={totpEnabled ? "green" : "gray"}>{totpEnabled ? t("profile.totpOn") : t("profile.totpOff")}</Chip>
      {totpEnabled ? <SwitchOff /> : <SwitchOn />}
    </Section>
  );
}

function reload(): void {
  void queryClient.invalidateQueries({ queryKey: meOptions.queryKey });
}

function SwitchOn() {
  const start = useMutation(SessionService.method.startTotp);
  if (start.data) return <Confirm secret={start.data.secretBase32} url={start.data.otpauthUrl} onCancel={start.reset} />;
  return (
    <>
      <p>{t("profile.totpWhy")}</p>
      {start.error && <Strip tone="red">{problemText(problemOf(start.error))}</Strip>}
      <Button variant="default" loading={start.isPending} onClick={() => start.mutate({})}>
        {t("profile.totpStart")}
      </Button>
    </>
  );
}

const DIGITS = 6;

function Confirm({ secret, url, onCancel }: { secret: string; url: string; onCancel: () => void }) {
  const [code, setCode] = useState("");
  const [tried, setTried] = useState(false);
  const confirm = useMutation(SessionService.method.confirmTotp, {
    onSuccess: () => {
      reload();
      toast(t("profile.totpDone"));
    },
  });
  const short = tried && code.length < DIGITS ? t("form.required") : undefined;
  const wrong = confirm.error && (problemOf(confirm.error).reason === "WRONG_CREDENTIALS" ? t("signIn.totpWrong") : problemText(problemOf(confirm.error)));
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (code.length === DIGITS && !confirm.isPending) confirm.mutate({ code });
      }}
    >
      <ol className={css.steps}>
        <li>
          <p>{t("profile.totpScan")}</p>
          <Suspense fallback={<span className={css.qr} />}>
            <Qr text={url} label={t("profile.totpQr")} />
          </Suspense>
          <details>
            <summary>{t("profile.totpManual")}</summary>
            <p className={css.manual}>
              <code className={css.secret}>{secret.replace(/(.{4})(?=.)/gu, "$1 ")}</code>
              <CopyButton text={secret} />
            </p>
            <a href={url}>{t("profile.totpOpen")}</a>
          </details>
        </li>
        <li>
          <Field label={t("profile.totpCode")} error={short ?? wrong ?? undefined}>
            {(props) => (
              <input
                {...props}
                className={`${props.className} ${css.code}`}
                inputMode="numeric"
                autoComplete="one-time-code"
                value={code}
                onChange={(event) => (confirm.reset(), setCode(event.target.value.replace(/\D/gu, "").slice(0, DIGITS)))}
              />
            )}
          </Field>
        </li>
      </ol>
      <div className={css.buttons}>
        <Button type="submit" loading={confirm.isPending}>
          {t("profile.totpConfirm")}
        </Button>
        <Button variant="default" onClick={onCancel}>
          {t("action.cancel")}
        </Button>
      </div>
    </form>
  );
}

function SwitchOff() {
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const disable = useMutation(SessionService.method.disableTotp, {
    onSuccess: () => {
      reload();
      toast(t("profile.totpDisabled"));
    },
  });
  if (!asking) {
    return (
      <Button variant="default" onClick={() => setAsking(true)}>
        {t("profile.totpDisable")}
      </Button>
    );
  }
  const problem = disable.error ? problemOf(disable.error) : undefined;
  const wrong = problem && (problem.reason === "WRONG_CREDENTIALS" ? t("profile.passwordWrong") : lockedText(problem));
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (password && !disable.isPending) disable.mutate({ password });
      }}
    >
      <Field label={t("profile.oldPassword")} hint={t("profile.totpDisableHint")} error={tried && !password ? t("form.required") : wrong}>
        {(props) => <input {...props} type="password" autoComplete="current-password" autoFocus value={password} onChange={(event) => (disable.reset(), setPassword(event.target.value))} />}
      </Field>
      <div className={css.buttons}>
        <Button type="submit" color="red" variant="outline" loading={disable.isPending}>
          {t("profile.totpDisable")}
        </Button>
        <Button variant="default" onClick={() => setAsking(false)}>
          {t("action.cancel")}
        </Button>
      </div>
    </form>
  );
}
