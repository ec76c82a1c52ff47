import type { VNode } from "preact";
import { officeText } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import { Icon } from "./Icon.tsx";
import { IconButton } from "./IconButton.tsx";
import { useChat, usePlace } from "./place.ts";

/** Who answers, and whether anybody does. */
export function Header(): VNode {
  const { close } = usePlace();
  const { config, messages, office, mode, skew } = useChat();
  const author = messages.findLast(({ own, author }) => own && author)?.author;
  const there = office?.open && office.online > 0;
  return (
    <header>
      <span class="badge">
        <Icon name="chat" />
      </span>
      <div class="who">
        <h1>{config.title || t("chat.title")}</h1>
        <p>
          <span class={there ? "dot there" : "dot"} aria-hidden="true" />
          {author ? <span class="author">{author}</span> : undefined}
          <span class="office">{officeText(office, Date.now() + (skew ?? 0))}</span>
        </p>
      </div>
      {mode === "panel" ? <IconButton icon="close" name={t("chat.close")} onClick={close} /> : undefined}
    </header>
  );
}
