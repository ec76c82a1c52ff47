import { Button } from "@mantine/core";
import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useRouter, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { clock } from "../../i18n/format.ts";
import { setLanguage, t, useLanguage, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { sessions } from "../../rpc/sessions.ts";
import { type Problem, problemOf } from "../../rpc/errors.ts";
import { queryClient } from "../../rpc/query.ts";
import { Field } from "../../ui/Field.tsx";
import { Strip } from "../../ui/Strip.tsx";
import css from "./SignIn.module.css";
import { useTitle } from "../../ui/title.ts";

type Credentials = { login: string; password: string };

/** Login and password; when the account has a second factor, its code on a second screen. */
export function SignIn() {
  useT();
  const router = useRouter();
  const { next, ended }: { next?: string; ended?: boolean } = useSearch({ strict: false });
  const [first, setFirst] = useState<Credentials>();
  useTitle(t("signIn.title"));

  const enter = async (credentials: Credentials, totpCode: string): Promise<Problem | undefined> => {
    try {
      await sessions.signIn({ ...credentials, totpCode });
    } catch (error) {
      const problem = problemOf(error);
      if (problem.reason !== "TOTP_REQUIRED") return problem;
      setFirst(credentials);
      return totpCode ? problem : undefined;
    }
    queryClient.clear();
    router.history.push(next ?? "/inbox");
    return undefined;
  };
  return (
    <main className={css.page}>
      <div className={css.card}>
        <header className={css.head}>
          <img src="/favicon.svg" alt="" width={32} height={32} />
          <div>
            <h1>{t("app.name")}</h1>
            <p className={css.tagline}>{t("app.tagline")}</p>
          </div>
        </header>
        {ended && <Strip>{t("signIn.ended")}</Strip>}
        {first ? <Code enter={(code) => enter(first, code)} onBack={() => setFirst(undefined)} /> : <Password enter={(credentials) => enter(credentials, "")} />}
      </div>
      <Languages />
    </main>
  );
}

function Password({ enter }: { enter: (credentials: Credentials) => Promise<Problem | undefined> }) {
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const form = useForm(() => enter({ login: login.trim(), password }));
  const loginField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    form.try();
    if (!login.trim()) loginField.current?.focus();
    else if (!password) passwordField.current?.focus();
    else void form.run();
  };
  const missing = (value: string): string | undefined => (form.tried && !value ? t("signIn.fill") : undefined);
  return (
    <form className={css.form} onSubmit={submit} noValidate aria-label={t("signIn.title")}>
      <Field label={t("signIn.login")} error={missing(login.trim())}>
        {(props) => <input {...props} ref={loginField} name="login" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus value={login} onChange={(event) => setLogin(event.target.value)} />}
      </Field>
      <Field label={t("signIn.password")} error={missing(password)}>
        {(props) => (
          <div className={css.password}>
            <input {...props} ref={passwordField} name="password" type={shown ? "text" : "password"} autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} />
            <button type="button" className={css.eye} aria-label={t("signIn.show")} aria-pressed={shown} onClick={() => setShown(!shown)}>
              {shown ? <IconEyeOff size={16} stroke={1.75} aria-hidden="true" /> : <IconEye size={16} stroke={1.75} aria-hidden="true" />}
            </button>
          </div>
        )}
      </Field>
      {form.problem && <Wrong problem={form.problem} />}
      <Button type="submit" size="lg" fullWidth loading={form.busy}>
        {t("signIn.submit")}
      </Button>
    </form>
  );
}

const DIGITS = 6;

function Code({ enter, onBack }: { enter: (code: string) => Promise<Problem | undefined>; onBack: () => void }) {
  const [code, setCode] = useState("");
  const form = useForm(() => enter(code));
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    form.try();
    if (code.length === DIGITS) void form.run();
  };
  const error = form.problem?.reason === "TOTP_REQUIRED" || form.problem?.reason === "WRONG_CREDENTIALS" ? t("signIn.totpWrong") : undefined;
  return (
    <form className={css.form} onSubmit={submit} noValidate aria-label={t("signIn.totpTitle")}>
      <h2>{t("signIn.totpTitle")}</h2>
      <Field label={t("signIn.totp")} error={error ?? (form.tried && code.length < DIGITS ? t("signIn.fill") : undefined)}>
        {(props) => (
          <input
            {...props}
            className={`${props.className} ${css.code}`}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            autoFocus
            value={code}
            onChange={(event) => setCode(event.target.value.replace(/\D/gu, "").slice(0, DIGITS))}
          />
        )}
      </Field>
      {form.problem && !error && <Wrong problem={form.problem} />}
      <Button type="submit" size="lg" fullWidth loading={form.busy}>
        {t("signIn.totpSubmit")}
      </Button>
      <Button variant="subtle" onClick={onBack}>
        {t("signIn.otherAccount")}
      </Button>
    </form>
  );
}

/** A lockout says until when; nothing says which half was wrong. */
function Wrong({ problem }: { problem: Problem }) {
  const seconds = Number(problem.metadata["retry_after_seconds"]);
  const locked = problem.reason === "LOCKED_OUT" && seconds > 0;
  return (
    <p className={css.wrong} role="alert">
      {locked ? t("signIn.lockedUntil", { time: clock(Date.now() + seconds * 1000) }) : problemText(problem)}
    </p>
  );
}

function useForm(call: () => Promise<Problem | undefined>) {
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  return {
    tried,
    busy,
    problem,
    try: () => setTried(true),
    run: async () => {
      if (busy) return;
      setBusy(true);
      setProblem(undefined);
      setProblem(await call());
      setBusy(false);
    },
  };
}

function Languages() {
  const language = useLanguage();
  return (
    <div className={css.languages} role="group" aria-label={t("signIn.language")}>
      {(["ru", "en"] as const).map((code) => (
        <button key={code} type="button" lang={code} aria-pressed={language === code} onClick={() => void setLanguage(code)}>
          {code === "ru" ? "Русский" : "English"}
        </button>
      ))}
    </div>
  );
}
