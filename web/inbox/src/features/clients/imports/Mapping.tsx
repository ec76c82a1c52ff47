import { useMutation } from "@connectrpc/connect-query";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useCommand } from "../../../app/commands.ts";
import { ClientKind } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { type Import, ImportDoubles, ImportRowKind, ImportService } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Section } from "../../../ui/Page.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { EmployeeField, Flag, SelectField } from "../fields/controls.tsx";
import { Tags } from "../fields/Tags.tsx";
import { Columns } from "./Columns.tsx";
import { type Draft, draftOf, hasName, mappingOf, withRows, withTarget } from "./draft.ts";
import css from "./imports.module.css";
import { useStart } from "./Opened.tsx";
import { keep } from "./queries.ts";
import { ofContacts } from "./words.ts";

const KINDS = [
  [String(ClientKind.COMPANY), "clients.company"],
  [String(ClientKind.PERSON), "clients.person"],
] as const;
const ROWS = [ImportRowKind.CLIENT, ImportRowKind.CONTACT] as const;
const CLIENTS = { doubles: "imports.doubles", settings: "imports.settings", kindHint: "imports.kindHint", mustName: "imports.mustName" } as const;
const PEOPLE = { doubles: "imports.people.doubles", settings: "imports.people.settings", kindHint: "imports.people.kindHint", mustName: "imports.people.mustName" } as const;
const DOUBLES = [ImportDoubles.LEAVE_OUT, ImportDoubles.FILL, ImportDoubles.MAKE] as const;

/** What rows are, what the columns mean, what else each client gets, what becomes of doubles; then it is tried. */
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
  const people = ofContacts(draft);
  const words = people ? PEOPLE : CLIENTS;
  const skip = <Flag label={t("imports.skipUnknown")} hint={t("imports.skipUnknownHint")} checked={draft.skipUnknown} onChange={(skipUnknown) => change({ skipUnknown })} />;
  return (
    <>
      <Section title={t("imports.rowsAre")}>
        <Choices name="rows" title={t("imports.rowsAre")} values={ROWS} value={draft.rowKind} onChange={(rowKind) => setDraft(withRows(draft, one, rowKind))} say={(kind) => [t(`imports.rowsAre.${kind}` as Key), t(`imports.rowsAreHint.${kind}` as Key)]} />
      </Section>
      <Section title={t("imports.columns")}>
        <p className={css.muted}>{t("imports.columnsHint")}</p>
        <Flag label={t("imports.heading")} checked={draft.heading} onChange={(heading) => change({ heading })} />
        <Columns import={one} draft={draft} onTarget={(column, target) => setDraft(withTarget(draft, column, target))} />
      </Section>
      <Section title={t(words.doubles)}>
        <Choices name="doubles" title={t(words.doubles)} values={DOUBLES} value={draft.doubles} onChange={(doubles) => change({ doubles })} say={(doubles) => (people ? [t(`imports.people.doubles.${doubles}` as Key), t(`imports.people.doublesHint.${doubles}` as Key)] : [t(`imports.doubles.${doubles}` as Key), t(`imports.doublesHint.${doubles}` as Key)])} />
      </Section>
      <Section title={t(words.settings)}>
        {people && <Flag label={t("imports.people.known")} hint={t("imports.people.knownHint")} checked={draft.knownClientsOnly} onChange={(knownClientsOnly) => change({ knownClientsOnly })} />}
        {!(people && draft.knownClientsOnly) && (
          <>
            <div className={css.settings}>
              <div>
                <EmployeeField label={t("client.field.responsibleEmployeeId")} none={t("clients.nobody")} value={draft.responsible} onChange={(responsible) => change({ responsible })} />
                <p className={css.muted}>{t("imports.responsibleHint")}</p>
              </div>
              <SelectField label={t("client.field.kind")} hint={t(words.kindHint)} value={draft.kind ? String(draft.kind) : ""} none={t("imports.kindByRow")} items={KINDS.map(([kind, label]) => [kind, t(label)])} onChange={(kind) => change({ kind: Number(kind) as ClientKind })} />
            </div>
            <Tags tagIds={draft.tagIds} onChange={(tagIds) => change({ tagIds })} />
          </>
        )}
        {!people && skip}
      </Section>
      {people && <Section title={t("imports.settings")}>{skip}</Section>}
      {tried && !named && <Strip tone="red">{t(words.mustName)}</Strip>}
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

type ChoicesProps<T> = { name: string; title: string; values: readonly T[]; value: T; onChange: (value: T) => void; say: (value: T) => readonly [string, string] };

/** One of a few, each with what comes of it. */
function Choices<T extends number>({ name, title, values, value, onChange, say }: ChoicesProps<T>) {
  return (
    <fieldset className={css.choices}>
      <legend className="visually-hidden">{title}</legend>
      {values.map((one) => (
        <label key={one} className={css.choice}>
          <input type="radio" name={name} checked={one === value} onChange={() => onChange(one)} />
          <span>
            {say(one)[0]}
            <small>{say(one)[1]}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
