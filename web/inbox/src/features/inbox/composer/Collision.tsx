import { Button } from "@mantine/core";
import type { Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Strip } from "../../../ui/Strip.tsx";

/** "While you wrote, X answered": advice, not a lock. */
export function Collision({ by, onAccept, onSend }: { by: Message; onAccept: () => void; onSend: () => void }) {
  useT();
  const name = useEmployees().get(by.authorEmployeeId)?.name ?? t("thread.colleague");
  const show = (): void => {
    document.querySelector(`[data-message="${by.messageId}"]`)?.scrollIntoView({ block: "center" });
    onAccept();
  };
  return (
    <Strip
      tone="amber"
      actions={
        <>
          <Button id="collision-show" size="compact-sm" variant="default" onClick={show}>
            {t("action.show")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={onSend}>
            {t("composer.sendAnyway")}
          </Button>
        </>
      }
    >
      {t("composer.collision", { name })}
    </Strip>
  );
}
