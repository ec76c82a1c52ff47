import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Import, ImportOutcome, ImportRow } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { count } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import table from "../../../ui/form/table.module.css";
import { cx } from "../../../ui/cx.ts";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useNames } from "../useSay.ts";
import css from "./imports.module.css";
import { useRows } from "./queries.ts";
import { type OwnFields, resultLines } from "./words.ts";

/** Rows of the file that came out so, in its order. */
export function Rows({ import: one, outcome }: { import: Import; outcome: ImportOutcome }) {
  const { fields } = useNames();
  const query = useRows(one.importId, outcome);
  const problem = query.error && !query.data ? problemOf(query.error) : undefined;
  if (problem) return <Failure what={t("imports.rowsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void query.refetch()} />;
  if (!query.data) return <SkeletonRows rows={4} height={44} />;
  const rows = query.data.pages.flatMap((page) => page.rows);
  if (rows.length === 0) return <p className={css.muted}>{t("imports.noRows")}</p>;
  return (
    <>
      {/* Wide cells scroll inside of it, so it takes the keyboard. */}
      <div className={table.wrap} tabIndex={0} role="group" aria-label={t("imports.rows")}>
        <table className={cx(table.table, css.table)}>
          <thead>
            <tr>
              <th scope="col">{t("imports.row")}</th>
              <th scope="col">{t("imports.holds")}</th>
              <th scope="col">{t("imports.result")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Line key={String(row.rowNumber)} row={row} import={one} fields={fields} />
            ))}
          </tbody>
        </table>
      </div>
      {query.hasNextPage && (
        <div className={css.buttons}>
          <Button variant="default" size="compact-sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("imports.more")}
          </Button>
        </div>
      )}
    </>
  );
}

function Line({ row, import: one, fields }: { row: ImportRow; import: Import; fields: OwnFields }) {
  return (
    <tr>
      <th scope="row" className={css.number}>
        {count(Number(row.rowNumber))}
      </th>
      <td className={css.cells}>{row.cells.filter((cell) => cell.trim()).join(" · ")}</td>
      <td className={css.result}>
        {resultLines(row, one, fields).map((text, index) => (
          <span key={index}>{text}</span>
        ))}
        {row.clientId && (
          <Link className={css.link} to="/clients/$clientId" params={{ clientId: row.clientId }} search={{}}>
            {t("imports.open")}
          </Link>
        )}
      </td>
    </tr>
  );
}
