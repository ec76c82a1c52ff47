import { Button } from "@mantine/core";
import { IconAt, IconChevronDown, IconPaperclip } from "@tabler/icons-react";
import { useRef } from "react";
import { keyOf } from "../../../app/commands.ts";
import type { Capabilities } from "../../../gen/okno/channel/v1/gateway_pb.ts";
import { duration } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { setPreference, usePreference } from "../../../rpc/preferences.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
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
        <IconButton label={t("composer.attach")} onClick={() => picker.current?.click()}>
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
      {note && (
        <IconButton label={t("composer.mention")} title={`${t("composer.mention")} ${keyOf("composer.mention")}`} onClick={onMention}>
          <IconAt size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      )}
      <span className={css.spacer} />
      {!note && <Count text={text} capabilities={capabilities} />}
      <span className={css.sendGroup}>
        <Button className={css.send} data-ready={canSend || undefined} aria-disabled={!canSend} title={reason} onClick={() => onSend()} rightSection={<KeyCap>{keyOf("composer.send")}</KeyCap>}>
          {label}
        </Button>
        {!note && !editing && <SendMenu onSend={onSend} />}
      </span>
    </div>
  );
}

function SendMenu({ onSend }: { onSend: (finish?: boolean) => void }) {
  const chosen = undoSeconds(usePreference("undo_seconds"));
  const items = (): MenuItem[] => [
    { kind: "action", label: t("composer.sendAndFinish"), hint: keyOf("composer.sendAndFinish"), run: () => onSend(true) },
    { kind: "line" },
    { kind: "label", label: t("composer.undoDelay") },
    ...DELAYS.map((seconds): MenuItem => ({
      kind: "choice",
      label: seconds === 0 ? t("composer.undoNone") : duration(seconds * 1000),
      chosen: seconds === chosen,
      run: () => setPreference("undo_seconds", String(seconds)),
    })),
  ];
  return (
    <Menu label={t("composer.sendMenu")} items={items} place="top-end">
      {(button) => (
        <Button className={css.sendMenu} aria-label={t("composer.sendMenu")} {...button}>
          <IconChevronDown size={16} stroke={1.75} aria-hidden="true" />
        </Button>
      )}
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
