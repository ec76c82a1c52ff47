import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { Trouble } from "./Trouble.tsx";
import { useChat } from "./place.ts";

const PATIENCE_MS = 3_000;
const GLAD_MS = 3_000;

/** Nothing while all is well; after three seconds without a line it says so, and once when it is back. */
export function Line(): VNode | null {
  const { status } = useChat();
  const [said, setSaid] = useState<"" | "lost" | "back">("");
  useEffect(() => {
    const down = status === "waiting" || status === "connecting";
    if (down) {
      const timer = setTimeout(() => setSaid("lost"), PATIENCE_MS);
      return () => clearTimeout(timer);
    }
    setSaid((before) => (before === "lost" && status === "online" ? "back" : ""));
    const timer = setTimeout(() => setSaid(""), GLAD_MS);
    return () => clearTimeout(timer);
  }, [status === "waiting" || status === "connecting", status === "online"]);
  if (status === "refused") return <Trouble text={t("line.refused")} />;
  return (
    <div class="line" role="status">
      {said === "lost" ? <p>{t("line.waiting")}</p> : said === "back" ? <p class="back">{t("line.back")}</p> : null}
    </div>
  );
}
