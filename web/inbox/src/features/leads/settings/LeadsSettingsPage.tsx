import { useMutation } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { LeadService, type LeadSettings } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { pathOf } from "../../../rpc/refusal.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { TextField } from "../../../ui/form/fields.tsx";
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
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { refreshLeads, useLeadSettings } from "../queries.ts";
import { Cleaning } from "./Cleaning.tsx";
import { areMonths, faultOf, formOf, keepsVisits, message, type RulesForm } from "./rules.ts";
import { ScoreRules } from "./ScoreRules.tsx";

const LOOK_MS = 2_000;

/** What leads are worth, and when silent ones are erased. */
export function LeadsSettingsPage() {
  useT();
  const title = t("settings.leads");
  useTitle(title);
  const locked = !isAdministrator(useMe().employee);
  const { data, error, refetch } = useLeadSettings((left) => (left > 0 ? LOOK_MS : false));
  const problem = error && !data ? problemOf(error) : undefined;
  return (
    <Page title={title}>
      {locked && <Strip>{t("leads.onlyAdmin")}</Strip>}
      {problem && <Failure what={t("leads.settingsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data?.settings ? <Form settings={data.settings} locked={locked} /> : !problem && <SkeletonRows rows={6} height={44} />}
      {!locked && data && <Cleaning usual={data.settings?.eraseAfterMonths ?? 0} />}
    </Page>
  );
}

function Form({ settings, locked }: { settings: LeadSettings; locked: boolean }) {
  const edit = useEdit<RulesForm>(formOf(settings), settings.etag);
  const [tried, setTried] = useState(false);
  const box = useRef<HTMLFieldSetElement>(null);
  const update = useMutation(LeadService.method.updateLeadSettings, {
    onSuccess: async () => {
      setTried(false);
      await refreshLeads();
      toast(t("form.saved"));
    },
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refreshLeads(),
  });
  const { form, dirty } = edit;
  const problem = update.error ? problemOf(update.error) : undefined;
  const stale = problem?.reason === "ETAG_MISMATCH";
  const set = (part: Partial<RulesForm>): void => (update.reset(), edit.change(part));
  const monthsWrong = form.eraseAfterMonths !== "" && !areMonths(form.eraseAfterMonths);
  const visitsWrong = !keepsVisits(form.keepVisitsMonths);
  const save = (): void => {
    setTried(true);
    if (dirty.length === 0 || update.isPending) return;
    if (monthsWrong || visitsWrong || form.scoreRules.some(faultOf)) return focusFirstError(box.current);
    update.mutate({ settings: { ...message(form), etag: settings.etag }, updateMask: { paths: dirty.map(pathOf) } });
  };
  useCommand("form.save", save, { within: "anywhere", enabled: dirty.length > 0 });
  const left = Number(settings.leadsToRecount);
  return (
    <>
      <fieldset ref={box} className={css.bare} disabled={locked}>
        <Section title={t("leads.rules")}>
          <p className={css.muted}>{t("leads.rulesHint")}</p>
          {left > 0 && (
            <p className={css.muted} role="status">
              {t("leads.recounting", { n: left })}
            </p>
          )}
          <ScoreRules rules={form.scoreRules} tried={tried} onChange={(scoreRules) => set({ scoreRules })} />
        </Section>
        <Section title={t("leads.byItself")}>
          <TextField label={t("leads.eraseAfter")} hint={t("leads.eraseAfterHint")} error={tried && monthsWrong ? t("leads.wrong.months") : undefined} digits most={3} value={form.eraseAfterMonths} onChange={(eraseAfterMonths) => set({ eraseAfterMonths })} />
          <TextField label={t("leads.keepVisits")} hint={t("leads.keepVisitsHint")} error={tried && visitsWrong ? t("leads.wrong.visitMonths") : undefined} digits most={2} value={form.keepVisitsMonths} onChange={(keepVisitsMonths) => set({ keepVisitsMonths })} />
        </Section>
      </fieldset>
      {(dirty.length > 0 || problem || edit.news.length > 0) && (
        <div className={sheet.foot}>
          <News edit={edit} name={(field) => t(field === "scoreRules" ? "leads.rules" : "leads.byItself")} say={say} />
          <SaveBar changes={dirty.length} busy={update.isPending} problem={stale ? (edit.news.length > 0 ? undefined : t("form.stale")) : problem && problemText(problem)} hint={keyOf("form.save")} onSave={save} onCancel={() => (update.reset(), setTried(false), edit.reset())} />
        </div>
      )}
      <LeaveGuard dirty={dirty.length > 0} />
    </>
  );
}

function say(field: keyof RulesForm, form: RulesForm): string {
  return field === "eraseAfterMonths" || field === "keepVisitsMonths" ? form[field] : form.scoreRules.map(({ name, points }) => `${name} ${points}`).join(", ");
}
