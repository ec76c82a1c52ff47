import { Button } from "@mantine/core";
import { useEffect } from "react";
import { keyOf } from "../../../app/commands.ts";
import { useT } from "../../../i18n/index.ts";
import { serverNow, useNow } from "../../../rpc/clock.ts";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import css from "./Composer.module.css";
import { setUndo, type Undo } from "./undo.ts";

/** The seconds in which a reply can still be had back. The server holds it: closing the tab sends it all the same. */
export function UndoStrip({ undo, onUndo }: { undo: Undo; onUndo: () => void }) {
  const t = useT();
  const now = useNow(1000);
  useEffect(() => {
    const timer = setTimeout(() => setUndo(undefined), Math.max(0, undo.until - serverNow()));
    return () => clearTimeout(timer);
  }, [undo]);
  return (
    <div className={css.undo}>
      <span className={css.spacer}>
        {t("composer.undo")} <span aria-hidden="true">{t("composer.undoLeft", { n: Math.max(0, Math.ceil((undo.until - now) / 1000)) })}</span>
      </span>
      <Button size="compact-sm" variant="default" onClick={onUndo} rightSection={<KeyCap>{keyOf("composer.takeBack")}</KeyCap>}>
        {t("action.undo")}
      </Button>
    </div>
  );
}
