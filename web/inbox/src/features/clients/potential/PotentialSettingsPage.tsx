import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { PotentialPeriod, PotentialService, type PotentialSettings } from "../../../gen/okno/crm/v1/potential_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, isHead, useMe } from "../../../rpc/session.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import { focusFirstError } from "../../../ui/form/focus.ts";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { News } from "../../../ui/form/News.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Page, Section } from "../../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import { toast } from "../../../ui/toasts.ts";
import sheet from "../../../ui/sheet.module.css";
import clients from "../clients.module.css";
import { SelectField } from "../fields/controls.tsx";
import { refresh } from "../queries.ts";
import { labelOf } from "../quality/labels.ts";
import { useNames } from "../useSay.ts";
import { Gaps } from "./Gaps.tsx";
import css from "./potential.module.css";
import { Recount } from "./Recount.tsx";
import { COMPANY, departmentOf, formOf, isRight, ownOf, placeOf, type PotentialForm, request, tidied } from "./rules.ts";
import { mayChange, offered } from "./units.ts";
import { focusWeight, Weights } from "./Weights.tsx";

const PERIODS = [PotentialPeriod.MONTH, PotentialPeriod.QUARTER, PotentialPeriod.HALF_YEAR, PotentialPeriod.YEAR, PotentialPeriod.TWO_YEARS];

/** Of what the potential of clients is made: the period, the fields, and the amounts and weights of departments. */
export function PotentialSettingsPage() {
  useT();
  const title = t("settings.potential");
  useTitle(title);
  const { employee } = useMe();
  const { data, error, refetch } = useQuery(PotentialService.method.getPotentialSettings, {});
  const problem = error && !data ? problemOf(error) : undefined;
  return (
    <Page title={title}>
      {!isAdministrator(employee) && <Strip>{t(isHead(employee) ? "potential.ofHeads" : "potential.onlyAdmin")}</Strip>}
      {problem && <Failure what={t("potential.settingsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data?.settings ? <Form settings={data.settings} /> : !problem && <SkeletonRows rows={6} height={44} />}
    </Page>
  );
}

function Form({ settings }: { settings: PotentialSettings }) {
  const departments = useDepartments();
  const names = useNames();
  const edit = useEdit<PotentialForm>(formOf(settings, departments.keys()), `${settings.etag} ${departments.size}`);
  const { form, dirty } = edit;
  const { employee } = useMe();
  const [chosen, choose] = useChosen();
  const [tried, setTried] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const units = offered(departments, employee, collator());
  const unit = chosen !== COMPANY && units.some(({ id }) => id === chosen) ? chosen : COMPANY;
  const seeking = useRef(false);
  useEffect(() => {
    // What is wrong stood in another department than the one that was shown.
    if (seeking.current) focusFirstError(box.current);
    seeking.current = false;
  }, [unit]);
  const update = useMutation(PotentialService.method.updatePotentialSettings, {
    onSuccess: async () => {
      setTried(false);
      await refresh(PotentialService);
      toast(t("form.saved"));
    },
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refresh(PotentialService),
  });
  const problem = update.error ? problemOf(update.error) : undefined;
  const stale = problem?.reason === "ETAG_MISMATCH";
  const set = (part: Partial<PotentialForm>): void => (update.reset(), edit.change(part));
  const save = (): void => {
    setTried(true);
    if (dirty.length === 0 || update.isPending) return;
    const wrong = dirty.find((place) => departmentOf(place) !== undefined && !isRight(ownOf(form, departmentOf(place) ?? COMPANY)));
    if (wrong === undefined) {
      const typed = tidied(form, dirty);
      edit.change(typed);
      return update.mutate(request(settings.etag, typed, dirty));
    }
    if (departmentOf(wrong) === unit) return focusFirstError(box.current);
    seeking.current = true;
    choose(departmentOf(wrong) ?? COMPANY);
  };
  useCommand("form.save", save, { within: "anywhere", enabled: dirty.length > 0 });
  const label = (field: string): string => labelOf(field, names.fields);
  const unitName = (id: string): string => (id === COMPANY ? t("potential.company") : (departments.get(id)?.name ?? "…"));
  const item = (id: string, name: string): [string, string] => {
    const { base, weights } = ownOf(form, id);
    return [id, base || Object.keys(weights).length > 0 ? t("potential.ownThings", { name }) : name];
  };
  const may = mayChange(departments, employee, unit);
  return (
    <>
      <Section title={t("potential.how")}>
        <p className={clients.muted}>{t("potential.howHint")}</p>
        <Recount />
        <fieldset className={css.bare} disabled={!isAdministrator(employee)}>
          <SelectField label={t("potential.period")} value={String(form.period)} items={PERIODS.map((period) => [String(period), t(`potential.period.${period}` as Key)] as const)} onChange={(period) => set({ period: Number(period) })} />
          <Checks label={t("potential.fields")} items={settings.availableFields.map((field) => ({ id: field, name: label(field) }))} chosen={form.fields} onChange={(fields) => set({ fields })} />
        </fieldset>
      </Section>
      <Section title={t("potential.amounts")}>
        <SelectField label={t("potential.whose")} value={unit} items={[item(COMPANY, t("potential.company")), ...units.map(({ id, name, depth }) => item(id, `${"\u2003".repeat(depth)}${name}`))]} onChange={choose} />
        <div ref={box}>
          <fieldset className={css.bare} disabled={!may}>
            <Weights key={unit} form={form} departmentId={unit} departments={departments} names={names} unitName={unitName} tried={tried} onChange={(own) => set({ [placeOf(unit)]: own })} />
          </fieldset>
        </div>
      </Section>
      {settings.fields.length > 0 && <Gaps names={names} onGive={may ? (field, value) => focusWeight(box.current, field, value) : undefined} chosen={form.fields} />}
      {(dirty.length > 0 || problem || edit.news.length > 0) && (
        <div className={sheet.foot}>
          <News edit={edit} name={(field) => (field === "period" || field === "fields" ? t(`potential.${field}`) : unitName(departmentOf(field) ?? COMPANY))} say={(field, values) => (field === "period" ? t(`potential.period.${values.period}` as Key) : field === "fields" ? values.fields.map(label).join(", ") : said(values, field))} />
          <SaveBar changes={dirty.length} busy={update.isPending} problem={stale ? (edit.news.length > 0 ? undefined : t("form.stale")) : problem && problemText(problem)} hint={keyOf("form.save")} onSave={save} onCancel={() => (update.reset(), setTried(false), edit.reset())} />
        </div>
      )}
      <LeaveGuard dirty={dirty.length > 0} />
    </>
  );
}

/** What a department has, as short as it goes: enough to tell two versions apart. */
function said(form: PotentialForm, place: string): string {
  const { base, weights } = ownOf(form, departmentOf(place) ?? COMPANY);
  return [base, ...Object.values(weights).map((weight) => `×${weight}`)].filter(Boolean).join(", ");
}

/** Which department is shown stands in the address. */
function useChosen(): [string, (id: string) => void] {
  const { of } = useSearch({ strict: false }) as { of?: string };
  const navigate = useNavigate();
  return [of ?? COMPANY, (id) => void navigate({ to: "/settings/potential", search: { of: id || undefined }, replace: true })];
}
