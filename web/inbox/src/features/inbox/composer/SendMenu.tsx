import { Button } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { duration } from "../../../i18n/format.ts";
import { t, withTexts } from "../../../i18n/index.ts";
import { setPreference, usePreference } from "../../../rpc/preferences.ts";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { part } from "../../../ui/part.ts";
import css from "./Composer.module.css";
import { undoSeconds } from "./send.ts";
import type { How } from "./useComposer.ts";

const LaterDialog = part(() => withTexts(import("./LaterDialog.tsx"), "work").then(({ LaterDialog: component }) => component), { ahead: true });
const SnoozeDialog = part(() => withTexts(import("../header/SnoozeDialog.tsx"), "work").then(({ SnoozeDialog: component }) => component), { ahead: true });

const DELAYS = [0, 5, 10];

/** The other ways to send: and finish, and snooze, later; how long it can be had back. */
export function SendMenu({ canSend, replyUntil, onSend }: { canSend: boolean; replyUntil: number; onSend: (how?: How) => void }) {
  const chosen = undoSeconds(usePreference("undo_seconds"));
  const [dialog, setDialog] = useState<"later" | "snooze">();
  useCommand("composer.sendLater", () => setDialog("later"), { within: "anywhere", enabled: canSend });
  useCommand("composer.sendAndSnooze", () => setDialog("snooze"), { within: "anywhere", enabled: canSend });
  const nothing = canSend ? {} : { disabled: t("composer.nothingToSend") };
  const items = (): MenuItem[] => [
    { kind: "action", label: t("composer.sendAndFinish"), hint: keyOf("composer.sendAndFinish"), run: () => onSend({ finish: true }), ...nothing },
    { kind: "action", label: t("composer.sendAndSnooze"), run: () => setDialog("snooze"), ...nothing },
    { kind: "action", label: t("composer.sendLater"), run: () => setDialog("later"), ...nothing },
    { kind: "line" },
    { kind: "label", label: t("composer.undoDelay") },
    ...DELAYS.map((seconds): MenuItem => ({
      kind: "choice",
      label: seconds === 0 ? t("composer.undoNone") : duration(seconds * 1000),
      chosen: seconds === chosen,
      run: () => setPreference("undo_seconds", String(seconds)),
    })),
  ];
  const close = (): void => setDialog(undefined);
  return (
    <>
      <Menu label={t("composer.sendMenu")} items={items} place="top-end">
        {(button) => (
          <Button className={css.sendMenu} aria-label={t("composer.sendMenu")} {...button}>
            <IconChevronDown size={16} stroke={1.75} aria-hidden="true" />
          </Button>
        )}
      </Menu>
      <Suspense>
        {dialog === "later" && <LaterDialog replyUntil={replyUntil} withLatest onClose={close} onPick={(at, notAfter) => onSend({ at, notAfter })} />}
        {dialog === "snooze" && <SnoozeDialog onClose={close} onPick={(at) => onSend({ snooze: at })} />}
      </Suspense>
    </>
  );
}
