import { useMutation } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { IconLoader2, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type Import, ImportService, ImportState } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { count, fileSize } from "../../../i18n/format.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import css from "./imports.module.css";
import { Mapping } from "./Mapping.tsx";
import { forgetRows, keep } from "./queries.ts";
import { Report } from "./Report.tsx";
import { type Step, Steps } from "./Steps.tsx";
import { ofContacts } from "./words.ts";

type Props = { import: Import; /** The columns are looked at again. */ columns: boolean };

/** One import, as far as it is. */
export function Opened({ import: one, columns }: Props) {
  const mapping = one.state === ImportState.READY || (columns && one.dryRun && (one.state === ImportState.DONE || one.state === ImportState.STOPPED));
  const done = one.state === ImportState.DONE && !one.dryRun;
  return (
    <>
      <Steps step={stepOf(one, mapping)} done={done} />
      <p className={css.file}>
        <b>{one.fileName}</b> <span className={css.muted}>{about(one)}</span>
      </p>
      {mapping ? <Mapping import={one} /> : <Going import={one} />}
    </>
  );
}

function stepOf({ state, dryRun }: Import, mapping: boolean): Step {
  if (mapping) return "columns";
  if (state === ImportState.UPLOADING || state === ImportState.READING || state === ImportState.FAILED) return "file";
  return dryRun ? "check" : "load";
}

/** What the file turned out to be. */
function about({ format, encoding, separator, rowsTotal, sizeBytes }: Import): string {
  const kind = format && [format.toUpperCase(), encoding, separator && t("imports.separator", { separator: separator === "\t" ? t("imports.tab") : separator })];
  return [rowsTotal > 0n && t("imports.rowsN", { n: Number(rowsTotal) }), fileSize(Number(sizeBytes)), ...(kind || [])].filter(Boolean).join(" · ");
}

function Going({ import: one }: { import: Import }) {
  switch (one.state) {
    case ImportState.READING:
      return (
        <p className={css.reading} role="status">
          <IconLoader2 size={20} stroke={1.75} aria-hidden="true" className={css.turning} /> {t("imports.reading")}
        </p>
      );
    case ImportState.UPLOADING:
      return <Again tone="amber">{t("imports.unfinished")}</Again>;
    case ImportState.FAILED:
      return <Again tone="red">{t(`imports.problem.${one.problem}` as Key)}</Again>;
    case ImportState.RUNNING:
      return <Running import={one} />;
    case ImportState.STOPPED:
      return (
        <>
          <Stopped import={one} />
          <Report import={one} />
        </>
      );
    default:
      return <Report import={one} />;
  }
}

function Again({ tone, children }: { tone: "amber" | "red"; children: React.ReactNode }) {
  return (
    <>
      <Strip tone={tone}>{children}</Strip>
      <div className={css.buttons}>
        <LinkButton to="/clients/$clientId" params={{ clientId: "import" }} search={{}}>
          {t("imports.another")}
        </LinkButton>
      </div>
    </>
  );
}

function Running({ import: one }: { import: Import }) {
  const stop = useMutation(ImportService.method.stopImport, { onSuccess: keep });
  const [done, all] = [Number(one.rowsDone), Number(one.rowsTotal)];
  const label = t(one.dryRun ? "imports.checking" : ofContacts(one.mapping) ? "imports.people.loading" : "imports.loading");
  return (
    <section className={css.running} aria-label={label}>
      <p role="status">
        {label}: {t("imports.progress", { done: count(done), all: count(all) })}
      </p>
      <progress className={css.bar} max={Math.max(1, all)} value={done} aria-label={label} />
      {stop.error && <Strip tone="red">{problemText(problemOf(stop.error))}</Strip>}
      <div className={css.buttons}>
        <Button variant="default" loading={stop.isPending} leftSection={<IconPlayerStop size={16} stroke={1.75} aria-hidden="true" />} onClick={() => stop.mutate({ importId: one.importId })}>
          {t("imports.stop")}
        </Button>
      </div>
    </section>
  );
}

function Stopped({ import: { importId, rowsDone, rowsTotal, dryRun } }: { import: Import }) {
  const resume = useMutation(ImportService.method.resumeImport, { onSuccess: (answer) => (forgetRows(), keep(answer)) });
  const numbers = { done: count(Number(rowsDone)), all: count(Number(rowsTotal)) };
  return (
    <>
      <Strip
        tone="amber"
        actions={
          <Button variant="default" size="compact-sm" loading={resume.isPending} leftSection={<IconPlayerPlay size={16} stroke={1.75} aria-hidden="true" />} onClick={() => resume.mutate({ importId })}>
            {t("imports.resume")}
          </Button>
        }
      >
        {t(dryRun ? "imports.stopped" : "imports.stoppedLoad", numbers)}
      </Strip>
      {resume.error && <Strip tone="red">{problemText(problemOf(resume.error))}</Strip>}
    </>
  );
}

/** Starts an import, dry or not, and shows it. */
export function useStart(importId: string) {
  const navigate = useNavigate();
  return useMutation(ImportService.method.startImport, {
    onSuccess: (answer) => {
      forgetRows();
      keep(answer);
      void navigate({ to: "/clients/$clientId", params: { clientId: "import" }, search: { id: importId }, replace: true });
    },
  });
}
