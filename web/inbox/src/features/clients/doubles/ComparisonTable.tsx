import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import type { Client } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { millis } from "../../../rpc/clock.ts";
import { usePhotoUrl } from "../card/usePhotoUrl.ts";
import { day } from "../day.ts";
import { keptIn, type Line, PHOTO } from "./compare.ts";
import css from "./doubles.module.css";
import { useFieldName, useFieldText } from "./fieldName.ts";

type Props = {
  /** All columns; `of` are those that take part. */
  clients: readonly Client[];
  of: readonly Client[];
  taken: ReadonlySet<string>;
  originalId: string;
  lines: readonly Line[];
  chosen: Readonly<Record<string, string>>;
  onTake: (clientId: string) => void;
  onStay: (clientId: string) => void;
  onChoose: (field: string, clientId: string) => void;
};

/** Records are columns, fields are rows; what differs stands above, and says whose value stays. */
export function ComparisonTable({ clients, of, taken, originalId, lines, chosen, onTake, onStay, onChoose }: Props) {
  const [whole, setWhole] = useState(false);
  const group = useId();
  const differ = lines.filter((line) => line.differ);
  const same = lines.filter((line) => !line.differ);
  const shown = whole ? lines : differ;
  return (
    <>
      {/* It scrolls in itself, and keeps its first column; without a stop here no key would reach what is cut off. */}
      <div className={css.tableBox} tabIndex={0} role="group" aria-label={t("doubles.compare")}>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{t("doubles.field")}</th>
              {clients.map((client) => (
                <th key={client.clientId} scope="col" data-stays={client.clientId === originalId || undefined} data-out={!taken.has(client.clientId) || undefined}>
                  <span className={css.column}>
                    <Link className={css.name} to="/clients/$clientId" params={{ clientId: client.clientId }} search={{}}>
                      {client.workingName || client.name}
                    </Link>
                    <span className={css.muted}>
                      {t("doubles.createdAt")} {day(new Date(millis(client.createdAt)).toISOString().slice(0, 10))}
                    </span>
                    <label className={css.choice}>
                      <input type="radio" name={`${group}-stays`} checked={client.clientId === originalId} disabled={!taken.has(client.clientId)} aria-label={t("doubles.staysIs", { name: client.name })} onChange={() => onStay(client.clientId)} /> {t("doubles.stays")}
                    </label>
                    {clients.length > 2 && (
                      <label className={css.choice}>
                        <input type="checkbox" checked={taken.has(client.clientId)} aria-label={t("doubles.takes", { name: client.name })} onChange={() => onTake(client.clientId)} /> {t("doubles.takePart")}
                      </label>
                    )}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((line) => (
              <Row key={line.field} line={line} group={group} clients={clients} of={of} kept={keptIn(line, of, originalId, chosen)} onChoose={onChoose} />
            ))}
            {shown.length === 0 && (
              <tr>
                <td colSpan={clients.length + 1}>{t("doubles.noDifference")}</td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {same.length > 0 && (
        <button type="button" className={css.fold} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {t("doubles.sameN", { n: same.length })}
        </button>
      )}
    </>
  );
}

type RowProps = { line: Line; group: string; clients: readonly Client[]; of: readonly Client[]; /** Whose value stays, among `of`. */ kept: number } & Pick<Props, "onChoose">;

function Row({ line, group, clients, of, kept, onChoose }: RowProps) {
  const nameOf = useFieldName();
  const textOf = useFieldText();
  const name = nameOf(line.field);
  return (
    <tr data-differ={line.differ || undefined}>
      <th scope="row">
        {name}
        {line.list && line.differ && <span className={css.muted}>{t("doubles.allHint")}</span>}
      </th>
      {clients.map((client) => {
        const at = of.indexOf(client);
        const value = line.values[at];
        const text = textOf(line.field, value, client);
        const shown = line.field === PHOTO && value !== undefined ? <Face client={client} /> : text;
        if (at < 0) return <td key={client.clientId} data-out />;
        if (value === undefined) return <td key={client.clientId} className={css.empty}>{t("doubles.empty")}</td>;
        if (!line.differ || line.list) return <td key={client.clientId} data-kept={line.differ || undefined}>{shown}</td>;
        return (
          <td key={client.clientId} data-kept={at === kept || undefined}>
            <label className={css.choice}>
              <input type="radio" name={`${group}-${line.field}`} checked={at === kept} aria-label={`${t("doubles.keepValue", { field: name, name: client.name })}: ${text}`} onChange={() => onChoose(line.field, client.clientId)} /> <span>{shown}</span>
            </label>
          </td>
        );
      })}
    </tr>
  );
}

function Face({ client }: { client: Client }) {
  const url = usePhotoUrl(client);
  return url ? <img className={css.face} src={url} alt={t("clients.photo.of", { name: client.name })} /> : null;
}
