import { IconArrowDown, IconArrowUp, IconChevronDown, IconChevronUp, IconTrash } from "@tabler/icons-react";
import type { Folder } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { folderPath } from "../../../rpc/folders.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Field } from "../../../ui/Field.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { GroupEditor } from "./ConditionEditor.tsx";
import { countTests, type Draft, isWhole, MOST_TESTS, words } from "./draft.ts";
import css from "./folders.module.css";

type Props = {
  rule: Draft;
  index: number;
  last: boolean;
  folders: readonly Folder[];
  open: boolean;
  changed: boolean;
  tried: boolean;
  onOpen: () => void;
  onMove: (by: number) => void;
  onChange: (rule: Draft) => void;
  onRemove: () => void;
};

export function ruleName({ name }: Draft, index: number): string {
  return name.trim() || t("rules.rule", { n: index + 1 });
}

/** One rule: folded it is a sentence, open it is a form. */
export function RuleLine({ rule, index, last, folders, open, changed, tried, onOpen, onMove, onChange, onRemove }: Props) {
  const name = ruleName(rule, index);
  const Fold = open ? IconChevronUp : IconChevronDown;
  return (
    <li className={css.rule} aria-label={name} data-off={rule.off || undefined}>
      <div className={css.line}>
        <button type="button" className={css.summary} aria-expanded={open} onClick={onOpen}>
          <span className={css.name}>
            {index + 1}. {rule.name.trim() || (isWhole(rule.when) ? words(rule.when) : t("rules.add"))} {changed && <Chip>{t("rules.unsaved")}</Chip>}
          </span>
          <span className={css.count}>
            {rule.name.trim() && isWhole(rule.when) ? `${words(rule.when)} → ` : "→ "}
            {rule.folderId ? folderPath(folders, rule.folderId) : t("rules.choose")}
          </span>
        </button>
        <label className={css.on}>
          <input type="checkbox" checked={!rule.off} onChange={(event) => onChange({ ...rule, off: !event.target.checked })} />
          {t("rules.on")}
        </label>
        <span className={css.acts}>
          <IconButton small label={t("rules.up", { name })} disabled={index === 0} onClick={() => onMove(-1)}>
            <IconArrowUp size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
          <IconButton small label={t("rules.down", { name })} disabled={last} onClick={() => onMove(1)}>
            <IconArrowDown size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
          <IconButton small label={t(open ? "rules.fold" : "rules.edit", { name })} aria-expanded={open} onClick={onOpen}>
            <Fold size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
          <IconButton small label={t("rules.remove", { name })} onClick={onRemove}>
            <IconTrash size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
        </span>
      </div>
      {open && (
        <div className={css.form}>
          <Field label={t("rules.name")}>{(props) => <input {...props} autoComplete="off" maxLength={100} value={rule.name} onChange={(event) => onChange({ ...rule, name: event.target.value })} />}</Field>
          <GroupEditor group={rule.when} full={countTests(rule.when) >= MOST_TESTS} tried={tried} onChange={(when) => onChange({ ...rule, when })} />
          <Field label={t("rules.to")} error={tried && !rule.folderId ? t("form.required") : undefined}>
            {(props) => (
              <select {...props} value={rule.folderId} onChange={(event) => onChange({ ...rule, folderId: event.target.value })}>
                <option value="" disabled>
                  {t("rules.choose")}
                </option>
                {folders.map((folder) => (
                  <option key={folder.folderId} value={folder.folderId}>
                    {folderPath(folders, folder.folderId)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        </div>
      )}
    </li>
  );
}
