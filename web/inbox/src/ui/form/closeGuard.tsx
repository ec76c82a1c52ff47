import { Button } from "@mantine/core";
import { useState } from "react";
import { t } from "../../i18n/index.ts";
import { Strip } from "../Strip.tsx";

/** Asks once before a dialog is closed over something unsaved: by Esc, by a press beside it, by its buttons. */
export function useCloseGuard(dirty: boolean, onClose: () => void): { close: () => void; question: React.ReactNode } {
  const [asking, setAsking] = useState(false);
  const question = asking && dirty && (
    <Strip
      tone="amber"
      actions={
        <>
          <Button variant="default" size="compact-sm" onClick={onClose}>
            {t("form.leave")}
          </Button>
          <Button size="compact-sm" autoFocus onClick={() => setAsking(false)}>
            {t("form.stay")}
          </Button>
        </>
      }
    >
      {t("form.leaveTitle")}
    </Strip>
  );
  return { close: () => (dirty ? setAsking(true) : onClose()), question };
}
