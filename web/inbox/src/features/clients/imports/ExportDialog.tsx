import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { FieldObject } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { fileSize } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Checks } from "../../../ui/form/Checks.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import sheet from "../../../ui/sheet.module.css";
import { toast } from "../../../ui/toasts.ts";
import { handOver } from "../quality/csv.ts";
import { useCustomFields } from "../queries.ts";
import { type ClientQuery, isNarrowed } from "../query.ts";
import { isClientField } from "../useSay.ts";
import { COLUMNS, exported, type Format, USUAL } from "./exporting.ts";
import css from "./imports.module.css";
import { targetName } from "./words.ts";

const FORMATS: readonly Format[] = ["xlsx", "csv"];

/** The list as it is narrowed and ordered, as a file with the columns that are chosen. */
export function ExportDialog({ query, onClose }: { query: ClientQuery; onClose: () => void }) {
  useT();
  const fields = useCustomFields(FieldObject.CLIENT);
  const [format, setFormat] = useState<Format>("xlsx");
  const [columns, setColumns] = useState<readonly string[]>(USUAL);
  const { got, problem, run } = useExport(onClose);
  const all = [...COLUMNS, ...fields.filter((field) => !isClientField(field)).map(({ fieldId }) => `custom_values:${fieldId}`)];
  return (
    <Dialog title={t("exports.title")} onClose={onClose}>
      <div className={css.export}>
        <p>{t(isNarrowed(query) ? "exports.whatNarrowed" : "exports.what")}</p>
        <fieldset className={css.formats}>
          <legend>{t("exports.format")}</legend>
          {FORMATS.map((name) => (
            <label key={name} className={css.choice}>
              <input type="radio" name="format" checked={format === name} onChange={() => setFormat(name)} />
              <span>{t(`exports.${name}`)}</span>
            </label>
          ))}
        </fieldset>
        <div className={css.buttons}>
          <Button variant="default" size="compact-sm" onClick={() => setColumns(all)}>
            {t("exports.all")}
          </Button>
          <Button variant="default" size="compact-sm" onClick={() => setColumns(USUAL)}>
            {t("exports.usual")}
          </Button>
        </div>
        <div className={css.exportColumns}>
          <Checks label={t("exports.columns")} items={all.map((id) => ({ id, name: targetName(id, fields) }))} chosen={columns} error={columns.length === 0 ? t("exports.none") : undefined} onChange={setColumns} />
        </div>
        {problem && <Strip tone="red">{problem}</Strip>}
        <div className={sheet.dialogEnd}>
          <span className={css.got} role="status">
            {got !== undefined && (got > 0 ? t("exports.goingSize", { size: fileSize(got) }) : t("exports.going"))}
          </span>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button loading={got !== undefined} disabled={columns.length === 0} onClick={() => void run(query, format, all.filter((id) => columns.includes(id)))}>
            {t("exports.go")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** Closing the dialog cancels what is on its way. */
function useExport(onDone: () => void) {
  const [got, setGot] = useState<number>();
  const [problem, setProblem] = useState("");
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const run = async (query: ClientQuery, format: Format, columns: readonly string[]): Promise<void> => {
    const { signal } = (stop.current = new AbortController());
    setProblem("");
    setGot(0);
    try {
      const file = await exported(query, format, columns, setGot, signal);
      handOver(`${t("exports.fileName", { day: new Date().toLocaleDateString("sv") })}.${format}`, file);
      toast(t("exports.done"));
      onDone();
    } catch (error) {
      if (signal.aborted) return;
      setProblem(`${t("exports.failed")}. ${problemText(problemOf(error))}`);
      setGot(undefined);
    }
  };
  return { got, problem, run };
}
