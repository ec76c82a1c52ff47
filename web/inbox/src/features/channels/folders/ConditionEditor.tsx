import { Button } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { t } from "../../../i18n/index.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { DEEPEST, FIELDS, type Group, isGroup, newGroup, newTest, OPERATORS, type Part, takes, type Test, isWhole } from "./draft.ts";
import css from "./folders.module.css";

type GroupProps = { group: Group; depth?: number; full: boolean; tried: boolean; onChange: (group: Group) => void; onRemove?: () => void };

/** Questions of which all or any must hold; groups of them inside. */
export function GroupEditor({ group, depth = 1, full, tried, onChange, onRemove }: GroupProps) {
  const put = (index: number, part: Part): void => onChange({ ...group, parts: group.parts.map((old, at) => (at === index ? part : old)) });
  const drop = (index: number): void => onChange({ ...group, parts: group.parts.filter((_, at) => at !== index) });
  const add = (part: Part): void => onChange({ ...group, parts: [...group.parts, part] });
  return (
    <fieldset className={css.group} data-depth={depth}>
      <legend className="visually-hidden">{t("rules.kind")}</legend>
      <div className={css.kind}>
        <label>
          {t("rules.kind")}{" "}
          <select className={css.select} value={group.any ? "any" : "all"} onChange={(event) => onChange({ ...group, any: event.target.value === "any" })}>
            <option value="all">{t("rules.all")}</option>
            <option value="any">{t("rules.any")}</option>
          </select>
        </label>
        {onRemove && (
          <IconButton small label={t("rules.removeGroup")} onClick={onRemove}>
            <IconX size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
        )}
      </div>
      {group.parts.map((part, index) =>
        isGroup(part) ? (
          <GroupEditor key={part.key} group={part} depth={depth + 1} full={full} tried={tried} onChange={(next) => put(index, next)} onRemove={() => drop(index)} />
        ) : (
          <TestEditor key={part.key} test={part} tried={tried} onChange={(next) => put(index, next)} onRemove={() => drop(index)} />
        ),
      )}
      <div className={css.buttons}>
        <Add label={t("rules.addTest")} disabled={full} onClick={() => add(newTest())} />
        {depth < DEEPEST && <Add label={t("rules.addGroup")} disabled={full} onClick={() => add(newGroup())} />}
      </div>
    </fieldset>
  );
}

function Add({ label, disabled, onClick }: { label: string; disabled: boolean; onClick: () => void }) {
  return (
    <Button variant="subtle" size="compact-sm" disabled={disabled} leftSection={<IconPlus size={14} stroke={1.75} aria-hidden="true" />} onClick={onClick}>
      {label}
    </Button>
  );
}

type TestProps = { test: Test; tried: boolean; onChange: (test: Test) => void; onRemove: () => void };

function TestEditor({ test, tried, onChange, onRemove }: TestProps) {
  const how = takes(test.operator);
  const wrong = (tried && !isWhole(test)) || undefined;
  const values = { className: css.value, "aria-invalid": wrong, value: test.values, maxLength: how === "one" ? 500 : undefined };
  return (
    <div className={css.test}>
      <select className={css.select} aria-label={t("rules.field")} value={test.field} onChange={(event) => onChange({ ...test, field: Number(event.target.value) })}>
        {FIELDS.map(([value, key]) => (
          <option key={value} value={value}>
            {t(key)}
          </option>
        ))}
      </select>
      <select className={css.select} aria-label={t("rules.operator")} value={test.operator} onChange={(event) => onChange({ ...test, operator: Number(event.target.value) })}>
        {OPERATORS.map(([value, key]) => (
          <option key={value} value={value}>
            {t(key)}
          </option>
        ))}
      </select>
      {how === "one" && <input {...values} aria-label={t("rules.value")} autoComplete="off" onChange={(event) => onChange({ ...test, values: event.target.value })} />}
      {how === "many" && <textarea {...values} aria-label={t("rules.values")} placeholder={t("rules.values")} rows={3} onChange={(event) => onChange({ ...test, values: event.target.value })} />}
      {how === "none" && <span className={css.value} data-none />}
      <IconButton small label={t("rules.removeTest")} onClick={onRemove}>
        <IconX size={16} stroke={1.75} aria-hidden="true" />
      </IconButton>
    </div>
  );
}
