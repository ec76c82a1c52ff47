import { Switch } from "@mantine/core";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Switch.css";
import { useT } from "../i18n/index.ts";
import { setPreference, usePreference } from "../rpc/preferences.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { KeyCap } from "../ui/KeyCap.tsx";
import { type CommandGroup, type CommandId, COMMANDS, keyOf } from "./commands.ts";
import css from "./KeysSheet.module.css";

const GROUPS: readonly CommandGroup[] = ["everywhere", "lists", "conversation", "composer"];

/** `?`: every key, from the same table that binds them. */
export function KeysSheet({ onClose }: { onClose: () => void }) {
  const t = useT();
  const on = usePreference("single_keys") !== "off";
  const ids = Object.keys(COMMANDS) as CommandId[];
  return (
    <Dialog title={t("command.title")} onClose={onClose} wide>
      <div className={css.groups}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h3 className={css.title}>{t(`command.group.${group}`)}</h3>
            <dl>
              {ids
                .filter((id) => COMMANDS[id].group === group && COMMANDS[id].key)
                .map((id) => (
                  <div key={id} className={css.line}>
                    <dt>{t(COMMANDS[id].label)}</dt>
                    <dd>
                      <KeyCap>{keyOf(id)}</KeyCap>
                      <span className="visually-hidden">{keyOf(id)}</span>
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <Switch className={css.switch} label={t("command.switch")} checked={on} onChange={(event) => setPreference("single_keys", event.currentTarget.checked ? "" : "off")} />
    </Dialog>
  );
}
