import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type Import, ImportState } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Chip, type Tone } from "../../../ui/Chip.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Time } from "../../../ui/Time.tsx";
import sheet from "../../../ui/sheet.module.css";
import css from "./imports.module.css";
import { useImports } from "./queries.ts";
import { stateName } from "./words.ts";

/** Those of the reader, of administrators everybody's; the newest first. */
export function Earlier() {
  const query = useImports();
  const problem = query.error && !query.data ? problemOf(query.error) : undefined;
  const all = query.data?.pages.flatMap((page) => page.imports) ?? [];
  return (
    <Section title={t("imports.earlier")}>
      {problem && <Failure what={t("imports.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void query.refetch()} />}
      {query.isPending && <SkeletonRows rows={3} height={56} />}
      {query.data && all.length === 0 && <p className={css.muted}>{t("imports.none")}</p>}
      {all.length > 0 && (
        <>
          <ul className={sheet.list} aria-label={t("imports.earlier")}>
            {all.map((one) => (
              <Entry key={one.importId} import={one} />
            ))}
          </ul>
          <p className={css.muted}>{t("imports.kept")}</p>
        </>
      )}
      {query.hasNextPage && (
        <div className={css.buttons}>
          <Button variant="default" size="compact-sm" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("imports.more")}
          </Button>
        </div>
      )}
    </Section>
  );
}

const TONES: Partial<Record<ImportState, Tone>> = { [ImportState.DONE]: "green", [ImportState.RUNNING]: "accent", [ImportState.READING]: "accent", [ImportState.STOPPED]: "amber", [ImportState.FAILED]: "red" };

function Entry({ import: one }: { import: Import }) {
  const now = useNow(60_000);
  const author = useEmployees().get(one.authorEmployeeId)?.name ?? "";
  const ran = one.startedAt !== undefined && !one.dryRun;
  const numbers = { made: Number(one.rowsMade), updated: Number(one.rowsUpdated), doubles: Number(one.rowsDouble), refused: Number(one.rowsRefused) };
  return (
    <li className={css.entry}>
      <span className={css.entryText}>
        <Link className={css.link} to="/clients/$clientId" params={{ clientId: "import" }} search={{ id: one.importId }}>
          {one.fileName}
        </Link>
        <span className={css.muted}>
          <Time at={millis(one.createdAt)} now={now} /> · {author || "—"}
          {one.rowsTotal > 0n && <> · {t("imports.rowsN", { n: Number(one.rowsTotal) })}</>}
        </span>
        {ran && <span className={css.muted}>{t("imports.cameTo", numbers)}</span>}
      </span>
      <Chip tone={one.dryRun ? "gray" : (TONES[one.state] ?? "gray")}>{stateName(one)}</Chip>
    </li>
  );
}
