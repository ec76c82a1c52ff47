import { useT } from "../../../i18n/index.ts";
import type { Mode } from "../drafts.ts";
import css from "./Composer.module.css";

/** Reply or note, and through which account a reply goes. */
export function Modes({ mode, onMode, accountName }: { mode: Mode; onMode: (mode: Mode) => void; accountName: string }) {
  const t = useT();
  const names = { reply: t("composer.reply"), note: t("composer.note") };
  return (
    <div className={css.modes}>
      {(["reply", "note"] as const).map((name) => (
        <button key={name} type="button" className={css.mode} aria-pressed={mode === name} onClick={() => onMode(name)}>
          {names[name]}
        </button>
      ))}
      <span className={css.spacer} />
      {mode === "reply" && <span className={css.via}>{t("composer.via", { account: accountName })}</span>}
    </div>
  );
}
