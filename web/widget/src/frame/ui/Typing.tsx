import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { useChat } from "./place.ts";

/** Somebody of staff writes: said once, and gone when its time is over. */
export function Typing(): VNode {
  const { typing } = useChat();
  const [now, setNow] = useState(Date.now());
  const left = typing ? typing.until - now : 0;
  useEffect(() => {
    setNow(Date.now());
    if (!typing) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.max(0, typing.until - Date.now()) + 20);
    return () => clearTimeout(timer);
  }, [typing?.until]);
  return (
    <div class="typing" role="status">
      {typing && left > 0 ? (
        <p>
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {typing.name ? t("typing.name", { name: typing.name }) : t("typing.some")}
        </p>
      ) : null}
    </div>
  );
}
