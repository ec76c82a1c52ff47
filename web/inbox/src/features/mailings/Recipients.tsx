import { Button } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { count } from "../../i18n/format.ts";
import { t, useT } from "../../i18n/index.ts";
import { Field } from "../../ui/Field.tsx";
import { Strip } from "../../ui/Strip.tsx";
import css from "./mailings.module.css";
import { decode, type Person, readTable, type Table } from "./table.ts";

/** The server takes no more. */
export const MOST = 10_000;
const NAMED = 10;

type Props = { people: readonly Person[]; error?: string | undefined; onChange: (people: Person[]) => void };

/** Whom the letters are for: pasted, or from a file. */
export function Recipients({ people, error, onChange }: Props) {
  useT();
  const [pasted, setPasted] = useState<{ text: string; table: Table }>();
  // When another list has taken its place, what was pasted here says nothing of it any more.
  const own = pasted?.table.people === people ? pasted : undefined;
  const text = own?.text ?? "";
  const told = own?.table ?? { bad: [], doubles: 0 };
  const file = useRef<HTMLInputElement>(null);
  const take = (next: string): void => {
    const table = readTable(next);
    setPasted({ text: next, table });
    onChange(table.people);
  };
  const read = async (chosen: File | undefined): Promise<void> => {
    if (chosen) take(decode(await chosen.arrayBuffer()));
  };
  return (
    <div className={css.form}>
      <Field label={t("mailing.recipients")} hint={t("mailing.recipientsHint")} error={error}>
        {(props) => <textarea {...props} rows={6} spellCheck={false} value={text} placeholder={people.length > 0 && !text ? t("mailing.recipientsKept", { n: people.length }) : ""} onChange={(event) => take(event.target.value)} />}
      </Field>
      <div className={css.buttons}>
        <input ref={file} type="file" accept=".csv,.tsv,.txt,text/csv,text/plain" hidden onChange={(event) => void read(event.target.files?.[0])} />
        <Button variant="default" leftSection={<IconFileSpreadsheet size={16} stroke={1.75} aria-hidden="true" />} onClick={() => file.current?.click()}>
          {t("mailing.file")}
        </Button>
        <span role="status" className={css.muted}>
          {t("mailings.recipients", { n: people.length })}
          {told.doubles > 0 && `, ${t("mailing.doubles", { n: told.doubles })}`}
        </span>
      </div>
      {told.bad.length > 0 && <Strip tone="amber">{t("mailing.badLines", { n: told.bad.length, lines: `${told.bad.slice(0, NAMED).map(count).join(", ")}${told.bad.length > NAMED ? "…" : ""}` })}</Strip>}
    </div>
  );
}
