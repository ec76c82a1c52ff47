import type { Import, ImportColumn } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { useNames } from "../useSay.ts";
import type { Draft } from "./draft.ts";
import css from "./imports.module.css";
import { type Group, groupOf, ofContacts, type OwnFields, targetName } from "./words.ts";

const GROUPS: readonly Group[] = ["client", "contact", "own"];
const OF_CONTACTS: readonly Group[] = ["contact", "client", "own"];
const SAMPLES = 3;

type Props = { import: Import; draft: Draft; onTarget: (column: number, target: string) => void };

/** Every column of the file: what it is called there, what it holds, and where it goes. */
export function Columns({ import: one, draft, onTarget }: Props) {
  const { fields } = useNames();
  return (
    <div className={css.columns} role="table" aria-label={t("imports.columns")}>
      <div className={css.columnsHead} role="row">
        <span role="columnheader">{t("imports.inFile")}</span>
        <span role="columnheader">{t("imports.examples")}</span>
        <span role="columnheader">{t("imports.goesTo")}</span>
      </div>
      {one.columns.map((column) => (
        <Row key={column.column} column={column} targets={one.targets} fields={fields} draft={draft} onTarget={onTarget} />
      ))}
    </div>
  );
}

function Row({ column, targets, fields, draft, onTarget }: { column: ImportColumn; targets: readonly string[]; fields: OwnFields } & Omit<Props, "import">) {
  const [first = "", ...rest] = column.samples;
  // A heading that was not taken for one is the first value.
  const late = draft.heading && !column.heading;
  const name = column.heading || (late && first) || t("imports.column", { n: column.column + 1 });
  const samples = (late ? rest : column.samples).slice(0, SAMPLES);
  const target = draft.targets[column.column] ?? "";
  return (
    <div className={css.column} role="row" data-out={target ? undefined : true}>
      <span role="rowheader" className={css.columnName}>
        {name}
      </span>
      <span role="cell" className={css.samples}>
        {samples.map((sample, index) => (
          <span key={index}>{sample}</span>
        ))}
      </span>
      <span role="cell">
        <select className={css.select} aria-label={t("imports.goesToOf", { name })} value={target} onChange={(event) => onTarget(column.column, event.target.value)}>
          <option value="">{t("imports.nowhere")}</option>
          {(ofContacts(draft) ? OF_CONTACTS : GROUPS).map((group) => {
            const own = targets.filter((one) => groupOf(one) === group);
            return (
              own.length > 0 && (
                <optgroup key={group} label={t(`imports.group.${group}` as Key)}>
                  {own.map((one) => (
                    <option key={one} value={one}>
                      {targetName(one, fields)}
                    </option>
                  ))}
                </optgroup>
              )
            );
          })}
        </select>
      </span>
    </div>
  );
}
