import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { type Import, ImportOutcome, ImportState } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { count, dayAndClock } from "../../../i18n/format.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { millis, useNow } from "../../../rpc/clock.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { download } from "../quality/csv.ts";
import { useNames } from "../useSay.ts";
import css from "./imports.module.css";
import { gather, mendFile } from "./mend.ts";
import { useStart } from "./Opened.tsx";
import { Rows } from "./Rows.tsx";
import { ofContacts } from "./words.ts";

/** In the order in which they are looked at: what wants mending first. */
const ORDER = [ImportOutcome.REFUSED, ImportOutcome.DOUBLE, ImportOutcome.UPDATED, ImportOutcome.MADE] as const;
const TILES = [ImportOutcome.MADE, ImportOutcome.UPDATED, ImportOutcome.DOUBLE, ImportOutcome.REFUSED] as const;

function counts(one: Import): Record<number, number> {
  return { [ImportOutcome.MADE]: Number(one.rowsMade), [ImportOutcome.UPDATED]: Number(one.rowsUpdated), [ImportOutcome.DOUBLE]: Number(one.rowsDouble), [ImportOutcome.REFUSED]: Number(one.rowsRefused) };
}

/** What came of it, or would; what to do next; and every row by what became of it. */
export function Report({ import: one }: { import: Import }) {
  const numbers = counts(one);
  const first = ORDER.find((outcome) => (numbers[outcome] ?? 0) > 0) ?? ImportOutcome.MADE;
  const [chosen, setChosen] = useState<ImportOutcome>();
  const outcome = chosen ?? first;
  return (
    <>
      {one.state === ImportState.DONE && <Ended import={one} />}
      <dl className={css.tiles}>
        {TILES.map((tile) => (
          <div key={tile} className={css.tile} data-bad={(tile === ImportOutcome.REFUSED && (numbers[tile] ?? 0) > 0) || undefined}>
            <dt>{t((one.dryRun ? `imports.would.${tile}` : `imports.did.${tile}`) as Key)}</dt>
            <dd>{count(numbers[tile] ?? 0)}</dd>
          </div>
        ))}
      </dl>
      {one.dryRun ? <Next import={one} /> : <Done import={one} />}
      {(numbers[ImportOutcome.REFUSED] ?? 0) > 0 && <Mend import={one} outcome={ImportOutcome.REFUSED} total={numbers[ImportOutcome.REFUSED] ?? 0} />}
      <section className={css.rows} aria-label={t("imports.rows")}>
        <h2>{t("imports.rows")}</h2>
        <div className={css.toggles} role="group" aria-label={t("imports.result")}>
          {ORDER.map((name) => (
            <button key={name} type="button" className={css.toggle} aria-pressed={name === outcome} onClick={() => setChosen(name)}>
              {t(`imports.outcome.${name}` as Key)} <span>{count(numbers[name] ?? 0)}</span>
            </button>
          ))}
        </div>
        <Rows key={`${outcome} ${one.dryRun}`} import={one} outcome={outcome} />
      </section>
    </>
  );
}

/** When what was waited for is there, the keyboard is not left on what has gone. */
function Ended({ import: one }: { import: Import }) {
  const now = useNow(60_000);
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) line.current?.focus();
  }, []);
  return (
    <p ref={line} tabIndex={-1} role="status" className={css.ended}>
      {one.dryRun ? t("imports.checked") : t("imports.loaded", { when: dayAndClock(millis(one.endedAt), now) })}
    </p>
  );
}

/** After a dry run: in earnest, or back to the columns. */
function Next({ import: one }: { import: Import }) {
  const start = useStart(one.importId);
  const rows = Number(one.rowsMade + one.rowsUpdated);
  const whole = one.state === ImportState.DONE;
  return (
    <>
      {whole && rows === 0 && <Strip tone="amber">{t(ofContacts(one.mapping) ? "imports.people.nothing" : "imports.nothing")}</Strip>}
      {start.error && <Strip tone="red">{problemText(problemOf(start.error))}</Strip>}
      <div className={css.buttons}>
        {whole && rows > 0 && (
          <Button loading={start.isPending} onClick={() => start.mutate({ importId: one.importId, dryRun: false })}>
            {t("imports.loadN", { n: rows })}
          </Button>
        )}
        <LinkButton variant="default" to="/clients/$clientId" params={{ clientId: "import" }} search={{ id: one.importId, columns: true }}>
          {t("imports.toColumns")}
        </LinkButton>
        {rows === 0 && whole && <Another />}
      </div>
    </>
  );
}

function Another() {
  return (
    <LinkButton variant="default" to="/clients/$clientId" params={{ clientId: "import" }} search={{}}>
      {t("imports.another")}
    </LinkButton>
  );
}

function Done({ import: one }: { import: Import }) {
  return (
    <div className={css.buttons}>
      {one.rowsMade > 0n && (
        <LinkButton to="/clients" search={ofContacts(one.mapping) ? {} : { order: "created" }}>
          {t(ofContacts(one.mapping) ? "imports.people.toClients" : "imports.toClients")}
        </LinkButton>
      )}
      {one.state === ImportState.DONE && <Another />}
    </div>
  );
}

/** Rows that were refused, as a file to mend and send again. */
function Mend({ import: one, outcome, total }: { import: Import; outcome: ImportOutcome; total: number }) {
  const { fields } = useNames();
  const [gathered, setGathered] = useState<number>();
  const [problem, setProblem] = useState("");
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const get = async (): Promise<void> => {
    const { signal } = (stop.current = new AbortController());
    setProblem("");
    setGathered(0);
    try {
      const rows = await gather(one.importId, outcome, setGathered, signal);
      download(t("imports.mendName", { name: one.fileName.replace(/\.\w+$/u, "") }), mendFile(one, rows, fields));
    } catch (error) {
      if (!signal.aborted) setProblem(problemText(problemOf(error)));
    }
    setGathered(undefined);
  };
  return (
    <div className={css.mend}>
      <Button variant="default" loading={gathered !== undefined} leftSection={<IconDownload size={16} stroke={1.75} aria-hidden="true" />} onClick={() => void get()}>
        {t("imports.mend")}
      </Button>
      <span className={css.muted} role="status">
        {gathered ? t("imports.gathering", { done: count(gathered), all: count(total) }) : t("imports.mendHint")}
      </span>
      {problem && <Strip tone="red">{problem}</Strip>}
    </div>
  );
}
