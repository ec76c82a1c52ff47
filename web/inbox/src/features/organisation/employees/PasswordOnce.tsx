import { Button } from "@mantine/core";
import { t } from "../../../i18n/index.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { CopyButton } from "../../../ui/form/CopyButton.tsx";
import form from "../../../ui/form/form.module.css";
import css from "../organisation.module.css";

/** Shown once: the server keeps a hash alone. */
export function PasswordOnce({ login, password, onClose }: { login: string; password: string; onClose: () => void }) {
  return (
    <Dialog title={t("employees.passwordOnce")} onClose={onClose}>
      <p>{t("employees.passwordOnceHint")}</p>
      <div className={css.secrets}>
        <p className={css.secret}>
          <span>
            {t("employees.login")}: <b>{login}</b>
          </span>
        </p>
        <p className={css.secret}>
          <code>{password}</code>
          <CopyButton text={password} label={t("employees.copyPassword")} />
        </p>
      </div>
      <div className={form.end}>
        <CopyButton text={`${t("employees.login")}: ${login}\n${t("employees.passwordWord")}: ${password}\n${location.origin}`} label={t("employees.copyBoth")} />
        <Button size="compact-sm" data-autofocus onClick={onClose}>
          {t("employees.handedOver")}
        </Button>
      </div>
    </Dialog>
  );
}
