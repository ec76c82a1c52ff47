import { useSearch } from "@tanstack/react-router";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useTitle } from "../../../ui/title.ts";
import { Back } from "../Back.tsx";
import { Choose } from "./Choose.tsx";
import { Earlier } from "./Earlier.tsx";
import css from "./imports.module.css";
import { Opened } from "./Opened.tsx";
import { useImport } from "./queries.ts";
import { Steps } from "./Steps.tsx";

/** What of this screen stands in the address: the open import, and that its columns are looked at again. */
export type ImportsSearch = { id?: string | undefined; columns?: true | undefined };

/** Clients from a file: chosen, mapped, checked, loaded; with what came of earlier ones. */
export function ImportsPage() {
  useT();
  useTitle(t("imports.title"));
  const search = useSearch({ strict: false }) as ImportsSearch;
  const id = typeof search.id === "string" ? search.id : "";
  return (
    <div className={css.page}>
      <Back />
      <h1 tabIndex={-1} data-heading>
        {t("imports.title")}
      </h1>
      {id ? (
        <One key={id} importId={id} columns={search.columns === true} />
      ) : (
        <>
          <Steps step="file" />
          <Choose />
          <Earlier />
        </>
      )}
    </div>
  );
}

function One({ importId, columns }: { importId: string; columns: boolean }) {
  const { data, error, refetch } = useImport(importId);
  const problem = error && !data ? problemOf(error) : undefined;
  if (problem) return <Failure what={t("imports.oneFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  return data?.import ? <Opened import={data.import} columns={columns} /> : <SkeletonRows rows={6} height={64} />;
}
