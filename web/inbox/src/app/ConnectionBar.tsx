import { useEffect, useRef, useState } from "react";
import { useOutbox } from "../features/inbox/outbox.ts";
import { useT } from "../i18n/index.ts";
import { useLiveState } from "../rpc/live/hub.ts";
import { announceUrgently } from "../ui/Announcer.tsx";
import { askAgain, useMissingParts } from "../ui/part.ts";
import css from "./ConnectionBar.module.css";
import { useNewVersion } from "./version.ts";

const AWAY_AFTER_MS = 3_000;
const BACK_FOR_MS = 3_000;

/** One for the page: nothing when all is well, grey after three seconds away, green for three seconds after. */
export function ConnectionBar() {
  const t = useT();
  const state = useConnection();
  const newVersion = useNewVersion();
  const missing = useMissingParts();
  const waiting = useOutbox().filter((item) => item.state !== "refused").length;
  const unsent = useRef(0);
  if (state === "away") unsent.current = waiting;
  const sent = Math.max(0, unsent.current - waiting);

  useEffect(() => {
    if (state === "away") announceUrgently(t("app.lostConnection"));
  }, [state, t]);

  if (state === "away") return <div className={css.bar}>{t("app.offline")}</div>;
  if (state === "back") {
    return (
      <div className={css.bar} data-tone="green" role="status">
        {sent > 0 ? t("app.onlineSent", { n: sent }) : t("app.online")}
      </div>
    );
  }
  if (newVersion) {
    return (
      <div className={css.bar}>
        {t("app.newVersion")}
        <button type="button" onClick={() => location.reload()}>
          {t("app.update")}
        </button>
      </div>
    );
  }
  // Of a version that is no longer served it will never come: then the new one is offered instead.
  if (missing > 0) {
    return (
      <div className={css.bar} role="status">
        {t("app.partMissing")}
        <button type="button" onClick={askAgain}>
          {t("action.retry")}
        </button>
      </div>
    );
  }
  return null;
}

function useConnection(): "fine" | "away" | "back" {
  const live = useLiveState();
  const [shown, setShown] = useState<"fine" | "away" | "back">("fine");
  const gone = live === "away" || live === "connecting";
  useEffect(() => {
    if (gone) {
      const timer = setTimeout(() => setShown("away"), AWAY_AFTER_MS);
      return () => clearTimeout(timer);
    }
    setShown((before) => (before === "away" ? "back" : "fine"));
    const timer = setTimeout(() => setShown("fine"), BACK_FOR_MS);
    return () => clearTimeout(timer);
  }, [gone]);
  return shown;
}
