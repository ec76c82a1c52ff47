import { Link } from "@tanstack/react-router";
import { type CommandId, COMMANDS, keyOf } from "../../app/commands.ts";
import { count } from "../../i18n/format.ts";
import { t, useT } from "../../i18n/index.ts";
import { KeyCap } from "../../ui/KeyCap.tsx";
import css from "./InboxPage.module.css";
import { useCounts } from "./queries.ts";

const SHORTCUTS: readonly CommandId[] = ["list.next", "list.open", "conversation.take", "conversation.finish", "app.palette"];
const FIGURES = ["mine", "unassigned", "mentions"] as const;

/** No conversation is open: what waits, and five keys to learn. */
export function NothingOpen() {
  useT();
  const counts = useCounts();
  return (
    <div className={css.nothing}>
      <ul className={css.figures} aria-label={t("inbox.now")}>
        {FIGURES.map((view) => (
          <li key={view}>
            <Link to="/inbox/$view" params={{ view }} search={{}} className={css.figure}>
              <b>{count(counts?.[view] ?? 0)}</b>
              <span>{t(`inbox.view.${view}`)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <p>{t("thread.none")}</p>
      <p className={css.hint}>{t("thread.noneHint")}</p>
      <dl className={css.keys}>
        {SHORTCUTS.map((id) => (
          <div key={id}>
            <dt>
              <KeyCap>{keyOf(id)}</KeyCap>
              <span className="visually-hidden">{keyOf(id)}</span>
            </dt>
            <dd>{t(COMMANDS[id].label)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
