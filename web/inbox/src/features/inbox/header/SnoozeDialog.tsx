import { t, useT } from "../../../i18n/index.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { SNOOZE_PRESETS, TimeChoice } from "./TimeChoice.tsx";

/** Puts requests aside until a time, or until the customer writes. */
export function SnoozeDialog({ onClose, onPick }: { onClose: () => void; onPick: (at: number) => void }) {
  useT();
  return (
    <Dialog title={t("snooze.title")} onClose={onClose}>
      <TimeChoice
        presets={SNOOZE_PRESETS}
        submit={t("action.snooze")}
        onPick={(at) => {
          onClose();
          onPick(at);
        }}
      />
    </Dialog>
  );
}
