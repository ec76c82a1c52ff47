import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useState } from "react";
import { SessionService } from "../../gen/okno/org/v1/session_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { problemOf } from "../../rpc/errors.ts";
import { queryClient } from "../../rpc/query.ts";
import { meOptions, useMe } from "../../rpc/session.ts";
import { Chip } from "../../ui/Chip.tsx";
import { Field } from "../../ui/Field.tsx";
import { Section } from "../../ui/Page.tsx";
import css from "./ProfilePage.module.css";

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
  const [code, setCode] = useState("");
  const start = useMutation(SessionService.method.startTotp);
  const confirm = useMutation(SessionService.method.confirmTotp, { onSuccess: reload });
  if (!start.data) {
    return (
      <Button variant="default" loading={start.isPending} onClick={() => start.mutate({})}>
        {t("profile.totpStart")}
      </Button>
    );
  }
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate({ code });
      }}
    >
      <p>{t("profile.totpSecret")}</p>
      <code className={css.secret}>{start.data.secretBase32.replace(/(.{4})(?=.)/gu, "$1 ")}</code>
      <a href={start.data.otpauthUrl}>{t("profile.totpOpen")}</a>
      <Field label={t("profile.totpCode")} error={confirm.error ? problemText(problemOf(confirm.error)) : undefined}>
        {(props) => <input {...props} inputMode="numeric" autoComplete="one-time-code" required pattern="\d{6}" value={code} onChange={(event) => setCode(event.target.value.replace(/\D/gu, "").slice(0, 6))} />}
      </Field>
      <Button type="submit" loading={confirm.isPending}>
        {t("profile.totpConfirm")}
      </Button>
    </form>
  );
}

function SwitchOff() {
  const [password, setPassword] = useState("");
  const disable = useMutation(SessionService.method.disableTotp, { onSuccess: reload });
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        disable.mutate({ password });
      }}
    >
      <Field label={t("profile.oldPassword")} error={disable.error ? problemText(problemOf(disable.error)) : undefined}>
        {(props) => <input {...props} type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />}
      </Field>
      <Button type="submit" variant="default" loading={disable.isPending}>
        {t("profile.totpDisable")}
      </Button>
    </form>
  );
}
