import { Button } from "@mantine/core";
import { IconAt, IconMicrophone, IconMoodSmile, IconPaperclip, IconTemplate } from "@tabler/icons-react";
import { Suspense, useRef } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import type { Capabilities } from "../../../gen/okno/channel/v1/gateway_pb.ts";
import { t, useT, withTexts } from "../../../i18n/index.ts";
import { Flyout } from "../../../ui/Flyout.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import { part } from "../../../ui/part.ts";
import css from "./Composer.module.css";
import type { How } from "./useComposer.ts";

const SendMenu = part(() => withTexts(import("./SendMenu.tsx"), "work").then(({ SendMenu: component }) => component), { ahead: true });
const Count = part(() => withTexts(import("./Count.tsx"), "work").then(({ Count: component }) => component), { ahead: true });

const EmojiPicker = part(() => withTexts(import("./EmojiPicker.tsx"), "work").then(({ EmojiPicker: component }) => component));

type Props = {
  note: boolean;
  editing: boolean;
  text: string;
  capabilities: Capabilities | undefined;
  replyUntil: number;
  canSend: boolean;
  reason: string | undefined;
  voice: boolean;
  onAttach: (files: FileList | null) => void;
  onMention: () => void;
  onEmoji: (emoji: string) => void;
  onVoice: () => void;
  /** Absent: the channel has no templates. */
  onTemplate: (() => void) | undefined;
  onSend: (how?: How) => void;
};

export function Toolbar({ note, editing, text, capabilities, replyUntil, canSend, reason, voice, onAttach, onMention, onEmoji, onVoice, onTemplate, onSend }: Props) {
  useT();
  const label = editing ? t("composer.saveEdit") : note ? t("composer.saveNote") : t("composer.send");
  return (
    <div className={css.tools}>
      <Attach shown={!note && !editing} onAttach={onAttach} />
      <Flyout label={t("composer.emoji")} place="top-start" width={320} content={(close) => <EmojiPicker onPick={(emoji) => (close(), document.getElementById("composer")?.focus(), onEmoji(emoji))} />}>
        {(button) => (
          <IconButton label={t("composer.emoji")} {...button}>
            <IconMoodSmile size={20} stroke={1.75} aria-hidden="true" />
          </IconButton>
        )}
      </Flyout>
      {note && (
        <IconButton label={t("composer.mention")} title={`${t("composer.mention")} ${keyOf("composer.mention")}`} onClick={onMention}>
          <IconAt size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
      {voice && (
        <IconButton label={t("composer.voice")} onClick={onVoice}>
          <IconMicrophone size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
      {onTemplate && (
        <IconButton label={t("composer.template")} onClick={onTemplate}>
          <IconTemplate size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
      <span className={css.spacer} />
      {!note && capabilities && mayBeNear(text, capabilities) && (
        <Suspense>
          <Count text={text} capabilities={capabilities} />
        </Suspense>
      )}
      <span className={css.sendGroup}>
        <Button className={css.send} data-ready={canSend || undefined} aria-disabled={!canSend} title={reason} onClick={() => onSend()} rightSection={<KeyCap>{keyOf("composer.send")}</KeyCap>}>
          {label}
        </Button>
        {!note && !editing && (
          // As wide as the menu's button: nothing moves when it comes.
          <Suspense fallback={<Button className={css.sendMenu} disabled aria-hidden="true" />}>
            <SendMenu canSend={canSend} replyUntil={replyUntil} onSend={onSend} />
          </Suspense>
        )}
      </span>
    </div>
  );
}

function Attach({ shown, onAttach }: { shown: boolean; onAttach: (files: FileList | null) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  const pick = (): void => picker.current?.click();
  useCommand("composer.attach", pick, { within: "anywhere", enabled: shown });
  return (
    <>
      {shown && (
        <IconButton label={t("composer.attach")} onClick={pick}>
          <IconPaperclip size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        data-testid="files"
        onChange={(event) => {
          onAttach(event.target.files);
          event.target.value = "";
        }}
      />
    </>
  );
}

/** However the channel counts, a character is at most three of its units. */
function mayBeNear(text: string, { textLimit }: Capabilities): boolean {
  return textLimit > 0 && text.length * 3 >= textLimit / 2;
}
