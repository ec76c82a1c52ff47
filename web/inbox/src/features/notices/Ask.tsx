import { Button } from "@mantine/core";
import { IconBellRinging } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "../../i18n/index.ts";
import css from "./notices.module.css";
import { type Permission, permission } from "./ring.ts";

/** Why the browser will ask, before it does; nothing once it has been answered. */
export function Ask({ onAnswer }: { onAnswer?: (answer: Permission) => void }) {
  const [state, setState] = useState(permission);
  if (state !== "default") return null;
  const ask = async (): Promise<void> => {
    const answer = await Notification.requestPermission();
    setState(answer);
    onAnswer?.(answer);
  };
  return (
    <div className={css.ask}>
      <IconBellRinging size={20} stroke={1.75} aria-hidden="true" />
      <p>{t("notices.why")}</p>
      <Button size="compact-sm" onClick={() => void ask()}>
        {t("notices.allow")}
      </Button>
    </div>
  );
}
