import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import { IconAt, IconChevronDown, IconPaperclip } from "@tabler/icons-react";
import { useRef } from "react";
import { keyOf } from "../../../app/commands.ts";
import type { Capabilities } from "../../../gen/okno/channel/v1/gateway_pb.ts";
import { duration } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { setPreference, usePreference } from "../../../rpc/preferences.ts";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import type { Mode } from "../drafts.ts";
import css from "./Composer.module.css";
import { lengthOf, partsOf } from "./limits.ts";
import { undoSeconds } from "./send.ts";

const DELAYS = [0, 5, 10];
const NEAR = 0.8;

type Props = {
  note: boolean;
  editing: boolean;
  text: string;
  capabilities: Capabilities | undefined;
  canSend: boolean;
  reason: string | undefined;
  onAttach: (files: FileList | null) => void;
  onMention: () => void;
  onSend: (finish?: boolean) => void;
};

export function Toolbar({ note, editing, text, capabilities, canSend, reason, onAttach, onMention, onSend }: Props) {
  useT();
  const picker = useRef<HTMLInputElement>(null);
  const label = editing ? t("composer.saveEdit") : note ? t("composer.saveNote") : t("composer.send");
  return (
    <div className={css.tools}>
      {!note && !editing && (
        <Tooltip label={t("composer.attach")}>
          <ActionIcon aria-label={t("composer.attach")} onClick={() => picker.current?.click()}>
            <IconPaperclip size={20} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
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
      {note && (
        <Tooltip label={`${t("composer.mention")} ${keyOf("composer.mention")}`}>
          <ActionIcon aria-label={t("composer.mention")} onClick={onMention}>
            <IconAt size={20} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      )}
      <span className={css.spacer} />
      {!note && <Count text={text} capabilities={capabilities} />}
      <Button.Group>
        <Tooltip label={reason} disabled={!reason}>
          <Button className={css.send} data-ready={canSend || undefined} aria-disabled={!canSend} aria-label={label} onClick={() => onSend()} rightSection={<KeyCap>{keyOf("composer.send")}</KeyCap>}>
            {label}
          </Button>
        </Tooltip>
        {!note && !editing && <SendMenu onSend={onSend} />}
      </Button.Group>
    </div>
  );
}

function SendMenu({ onSend }: { onSend: (finish?: boolean) => void }) {
  const chosen = undoSeconds(usePreference("undo_seconds"));
  return (
    <Menu position="top-end">
      <Menu.Target>
        <Button className={css.sendMenu} aria-label={t("composer.sendMenu")}>
          <IconChevronDown size={16} stroke={1.75} aria-hidden="true" />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item rightSection={<KeyCap>{keyOf("composer.sendAndFinish")}</KeyCap>} onClick={() => onSend(true)}>
          {t("composer.sendAndFinish")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("composer.undoDelay")}</Menu.Label>
        {DELAYS.map((seconds) => (
          <Menu.Item key={seconds} role="menuitemradio" aria-checked={seconds === chosen} data-checked={seconds === chosen || undefined} onClick={() => setPreference("undo_seconds", String(seconds))}>
            {seconds === 0 ? t("composer.undoNone") : duration(seconds * 1000)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Near the channel's limit, how much is left; past it, how many messages it makes. */
function Count({ text, capabilities }: { text: string; capabilities: Capabilities | undefined }) {
  const limit = capabilities?.textLimit ?? 0;
  if (!limit || !capabilities) return null;
  const n = lengthOf(text, capabilities.textUnit);
  if (n < limit * NEAR) return null;
  const parts = partsOf(text, capabilities);
  return <span className={css.count}>{parts > 1 ? t("composer.parts", { n: parts }) : t("composer.limit", { n, limit })}</span>;
}

Toolbar.Modes = function Modes({ mode, onMode, accountName }: { mode: Mode; onMode: (mode: Mode) => void; accountName: string }) {
  const names = { reply: t("composer.reply"), note: t("composer.note") };
  return (
    <div className={css.modes}>
      {(["reply", "note"] as const).map((name) => (
        <button key={name} type="button" className={css.mode} aria-pressed={mode === name} onClick={() => onMode(name)}>
          {names[name]}
        </button>
      ))}
      <span className={css.spacer} />
      {mode === "reply" && <span className={css.via}>{t("composer.via", { account: accountName })}</span>}
    </div>
  );
};
