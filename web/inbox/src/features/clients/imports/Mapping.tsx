import { useMutation } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Import, ImportDoubles, ImportService } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Section } from "../../../ui/Page.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { EmployeeField, Flag, SelectField } from "../fields/controls.tsx";
import { Tags } from "../fields/Tags.tsx";
import { Columns } from "./Columns.tsx";
import { type Draft, draftOf, hasName, mappingOf, withTarget } from "./draft.ts";
import css from "./imports.module.css";
import { useStart } from "./Opened.tsx";
import { keep } from "./queries.ts";

const KINDS = [
  [String(ClientKind.COMPANY), "clients.company"],
  [String(ClientKind.PERSON), "clients.person"],
] as const;
const DOUBLES = [ImportDoubles.LEAVE_OUT, ImportDoubles.FILL, ImportDoubles.MAKE] as const;

/** What the columns mean, what else each client gets, what becomes of doubles; then it is tried. */
export function Mapping({ import: one }: { import: Import }) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(one));
  const [tried, setTried] = useState(false);
  const start = useStart(one.importId);
  const map = useMutation(ImportService.method.setImportMapping, {
    onSuccess: (answer) => {
      keep(answer);
      start.mutate({ importId: one.importId, dryRun: true });
    },
  });
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const named = hasName(draft);
  const busy = map.isPending || start.isPending;
  const check = (): void => {
    setTried(true);
    if (!busy && named) map.mutate({ importId: one.importId, mapping: mappingOf(draft, one.mapping) });
  };
  useCommand("form.save", check, { within: "anywhere" });
  const failed = map.error ?? start.error;
  return (
    <>
      <Section title={t("imports.columns")}>
        <p className={css.muted}>{t("imports.columnsHint")}</p>
        <Flag label={t("imports.heading")} checked={draft.heading} onChange={(heading) => change({ heading })} />
        <Columns import={one} draft={draft} onTarget={(column, target) => setDraft(withTarget(draft, column, target))} />
      </Section>
      <Section title={t("imports.doubles")}>
        <fieldset className={css.choices}>
          <legend className="visually-hidden">{t("imports.doubles")}</legend>
          {DOUBLES.map((doubles) => (
            <label key={doubles} className={css.choice}>
              <input type="radio" name="doubles" checked={draft.doubles === doubles} onChange={() => change({ doubles })} />
              <span>
                {t(`imports.doubles.${doubles}` as Key)}
                <small>{t(`imports.doublesHint.${doubles}` as Key)}</small>
              </span>
            </label>
          ))}
        </fieldset>
      </Section>
      <Section title={t("imports.settings")}>
        <div className={css.settings}>
          <div>
            <EmployeeField label={t("client.field.responsibleEmployeeId")} none={t("clients.nobody")} value={draft.responsible} onChange={(responsible) => change({ responsible })} />
            <p className={css.muted}>{t("imports.responsibleHint")}</p>
          </div>
          <SelectField label={t("client.field.kind")} hint={t("imports.kindHint")} value={draft.kind ? String(draft.kind) : ""} none={t("imports.kindByRow")} items={KINDS.map(([kind, label]) => [kind, t(label)])} onChange={(kind) => change({ kind: Number(kind) as ClientKind })} />
        </div>
        <Tags tagIds={draft.tagIds} onChange={(tagIds) => change({ tagIds })} />
        <Flag label={t("imports.skipUnknown")} hint={t("imports.skipUnknownHint")} checked={draft.skipUnknown} onChange={(skipUnknown) => change({ skipUnknown })} />
      </Section>
      {tried && !named && <Strip tone="red">{t("imports.mustName")}</Strip>}
      {failed && <Strip tone="red">{problemText(problemOf(failed))}</Strip>}
      <div className={css.end}>
        <Button loading={busy} onClick={check}>
          {t("imports.check")}
        </Button>
        <span className={css.muted}>{t("imports.checkHint")}</span>
      </div>
    </>
  );
}
