import { dayAndClock } from "../../../i18n/format.ts";
import { useT } from "../../../i18n/index.ts";
import { useNow } from "../../../rpc/clock.ts";
import type { Mode } from "../drafts.ts";
import css from "./Composer.module.css";

type Props = { mode: Mode; onMode: (mode: Mode) => void; accountName: string; /** When the channel stops taking free answers; 0: never. */ freeUntil: number };

/** Reply or note, through which account a reply goes, and until when it may be written freely. */
export function Modes({ mode, onMode, accountName, freeUntil }: Props) {
  const t = useT();
  const now = useNow(60_000);
  const names = { reply: t("composer.reply"), note: t("composer.note") };
  return (
    <div className={css.modes}>
      {(["reply", "note"] as const).map((name) => (
        <button key={name} type="button" className={css.mode} aria-pressed={mode === name} onClick={() => onMode(name)}>
          {names[name]}
        </button>
      ))}
      <span className={css.spacer} />
      {mode === "reply" && freeUntil > now && <span className={css.via}>{t("composer.freeUntil", { time: dayAndClock(freeUntil, now) })}</span>}
      {mode === "reply" && <span className={css.via}>{t("composer.via", { account: accountName })}</span>}
    </div>
  );
}
