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
import { idOf, isContact, type Of, said, type Side, titleOf } from "./of.ts";

type Props = {
  /** All columns; `of` are those that take part. */
  sides: readonly Side[];
  of: readonly Side[];
  what: Of;
  /** Whose contacts these are, by client. */
  owners: ReadonlyMap<string, string>;
  taken: ReadonlySet<string>;
  originalId: string;
  lines: readonly Line[];
  chosen: Readonly<Record<string, string>>;
  onTake: (id: string) => void;
  onStay: (id: string) => void;
  onChoose: (field: string, id: string) => void;
};

/** Records are columns, fields are rows; what differs stands above, and says whose value stays. */
export function ComparisonTable({ sides, of, what, owners, taken, originalId, lines, chosen, onTake, onStay, onChoose }: Props) {
  const [whole, setWhole] = useState(false);
  const group = useId();
  const differ = lines.filter((line) => line.differ);
  const same = lines.filter((line) => !line.differ);
  const shown = whole ? lines : differ;
  return (
    <>
      {/* It scrolls in itself, and keeps its first column; without a stop here no key would reach what is cut off. */}
      <div className={css.tableBox} tabIndex={0} role="group" aria-label={t(said(what, "doubles.compare"))}>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{t("doubles.field")}</th>
              {sides.map((side) => (
                <th key={idOf(side)} scope="col" data-stays={idOf(side) === originalId || undefined} data-out={!taken.has(idOf(side)) || undefined}>
                  <span className={css.column}>
                    <Link className={css.name} to="/clients/$clientId" params={{ clientId: side.clientId }} search={isContact(side) ? { contact: side.contactId } : {}}>
                      {titleOf(side)}
                    </Link>
                    {isContact(side) && <span className={css.muted}>{t("doubles.people.of", { name: owners.get(side.clientId) ?? "…" })}</span>}
                    <span className={css.muted}>
                      {t("doubles.createdAt")} {day(new Date(millis(side.createdAt)).toISOString().slice(0, 10))}
                    </span>
                    <label className={css.choice}>
                      <input type="radio" name={`${group}-stays`} checked={idOf(side) === originalId} disabled={!taken.has(idOf(side))} aria-label={t("doubles.staysIs", { name: side.name })} onChange={() => onStay(idOf(side))} /> {t("doubles.stays")}
                    </label>
                    {sides.length > 2 && (
                      <label className={css.choice}>
                        <input type="checkbox" checked={taken.has(idOf(side))} aria-label={t("doubles.takes", { name: side.name })} onChange={() => onTake(idOf(side))} /> {t("doubles.takePart")}
                      </label>
                    )}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((line) => (
              <Row key={line.field} line={line} group={group} sides={sides} of={of} what={what} kept={keptIn(line, of, originalId, chosen)} onChoose={onChoose} />
            ))}
            {shown.length === 0 && (
              <tr>
                <td colSpan={sides.length + 1}>{t("doubles.noDifference")}</td>
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

type RowProps = { line: Line; group: string; /** Whose value stays, among `of`. */ kept: number } & Pick<Props, "sides" | "of" | "what" | "onChoose">;

function Row({ line, group, sides, of, what, kept, onChoose }: RowProps) {
  const nameOf = useFieldName(what);
  const textOf = useFieldText();
  const name = nameOf(line.field);
  return (
    <tr data-differ={line.differ || undefined}>
      <th scope="row">
        {name}
        {line.list && line.differ && <span className={css.muted}>{t("doubles.allHint")}</span>}
      </th>
      {sides.map((side) => {
        const at = of.indexOf(side);
        const id = idOf(side);
        const value = line.values[at];
        const text = textOf(line.field, value);
        const shown = line.field === PHOTO && value !== undefined && !isContact(side) ? <Face client={side} /> : text;
        if (at < 0) return <td key={id} data-out />;
        if (value === undefined) return <td key={id} className={css.empty}>{t("doubles.empty")}</td>;
        if (!line.differ || line.list) return <td key={id} data-kept={line.differ || undefined}>{shown}</td>;
        return (
          <td key={id} data-kept={at === kept || undefined}>
            <label className={css.choice}>
              <input type="radio" name={`${group}-${line.field}`} checked={at === kept} aria-label={`${t("doubles.keepValue", { field: name, name: side.name })}: ${text}`} onChange={() => onChoose(line.field, id)} /> <span>{shown}</span>
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
