import { useState } from "react";
import { Direction, type Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import css from "./Bubble.module.css";

/** What was deleted is struck; its text is shown to whoever asks for it. */
export function Deleted({ message }: { message: Message }) {
  const [shown, setShown] = useState(false);
  const text = message.content?.text;
  return (
    <div className={css.deleted}>
      <p>{message.direction === Direction.IN ? t("message.deletedByCustomer") : t("message.deletedByUs")}</p>
      {text && !shown && (
        <button type="button" className={css.plain} onClick={() => setShown(true)}>
          {t("action.show")}
        </button>
      )}
      {text && shown && <s>{text}</s>}
    </div>
  );
}
