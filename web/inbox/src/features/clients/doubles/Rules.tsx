import { useMutation, useQuery } from "@connectrpc/connect-query";
import { keyOf, useCommand } from "../../../app/commands.ts";
import type { MatchRule } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { DuplicateService, type MatchSettings, type MatchStrength } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { News } from "../../../ui/form/News.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Section } from "../../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { Flag, SelectField, TextField } from "../fields/controls.tsx";
import { refresh } from "../queries.ts";
import { refusal } from "../../../rpc/refusal.ts";
import css from "./doubles.module.css";
import { CLIENT_RULES, CONTACT_RULES, formOf, message, type RulesForm, STRENGTHS, type Strengths, withStrength } from "./rules.ts";
import { ruleName } from "./words.ts";

/** What counts as a match, how much it says, and whether one is asked on saving. */
export function Rules() {
  const { data, error, refetch } = useQuery(DuplicateService.method.getMatchSettings, {});
  const problem = error && !data ? problemOf(error) : undefined;
  if (problem) return <Failure what={t("doubles.rulesFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  return data?.settings ? <Form settings={data.settings} /> : <SkeletonRows rows={6} height={44} />;
}

const FIELDS = ["clientRules", "contactRules", "sharedAddresses", "checkOnCreate", "checkContactsOnCreate"] as const;
/** Of the longest list of addresses. */
const MOST_CHARACTERS = 100_000;

function Form({ settings }: { settings: MatchSettings }) {
  const locked = !isAdministrator(useMe().employee);
  const edit = useEdit<RulesForm>(formOf(settings), settings.etag);
  const update = useMutation(DuplicateService.method.updateMatchSettings, {
    onSuccess: async () => {
      await refresh(DuplicateService);
      toast(t("form.saved"));
    },
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refresh(DuplicateService),
  });
  const { form, dirty } = edit;
  const problem = update.error ? problemOf(update.error) : undefined;
  const refused = refusal(problem, FIELDS);
  const stale = problem?.reason === "ETAG_MISMATCH";
  const set = (part: Partial<RulesForm>): void => (update.reset(), edit.change(part));
  const save = (): void => {
    if (dirty.length > 0 && !update.isPending) update.mutate({ settings: message(form, settings.etag) });
  };
  useCommand("form.save", save, { within: "anywhere", enabled: dirty.length > 0 });
  return (
    <div className={css.rules}>
      {locked && <Strip>{t("doubles.onlyAdmin")}</Strip>}
      <fieldset className={css.rulesForm} disabled={locked}>
        <Section title={t("doubles.asking")}>
          <Flag label={t("doubles.checkOnCreate")} hint={t("doubles.checkOnCreateHint")} checked={form.checkOnCreate} onChange={(checkOnCreate) => set({ checkOnCreate })} />
          <Flag label={t("doubles.checkContacts")} hint={t("doubles.checkContactsHint")} checked={form.checkContactsOnCreate} onChange={(checkContactsOnCreate) => set({ checkContactsOnCreate })} />
        </Section>
        <Section title={t("doubles.clientRules")}>
          <p className={css.hint}>{t("doubles.rulesHint")}</p>
          <RuleList of={CLIENT_RULES} strengths={form.clientRules} onChange={(clientRules) => set({ clientRules })} />
        </Section>
        <Section title={t("doubles.contactRules")}>
          <RuleList of={CONTACT_RULES} strengths={form.contactRules} onChange={(contactRules) => set({ contactRules })} />
        </Section>
        <Section title={t("doubles.stopList")}>
          <TextField label={t("doubles.stopList")} hint={t("doubles.stopListHint")} error={refused.fields.sharedAddresses} rows={6} most={MOST_CHARACTERS} value={form.sharedAddresses} onChange={(sharedAddresses) => set({ sharedAddresses })} />
        </Section>
      </fieldset>
      <div className={css.foot}>
        <News edit={edit} name={(field) => t(`doubles.name.${field}` as Key)} say={say} />
        <SaveBar changes={dirty.length} busy={update.isPending} problem={stale ? (edit.news.length > 0 ? undefined : t("form.stale")) : refused.rest} hint={keyOf("form.save")} onSave={save} onCancel={() => (update.reset(), edit.reset())} />
      </div>
      <LeaveGuard dirty={dirty.length > 0} />
    </div>
  );
}

function RuleList({ of, strengths, onChange }: { of: readonly MatchRule[]; strengths: Strengths; onChange: (strengths: Strengths) => void }) {
  const items = STRENGTHS.map((strength) => [String(strength), strengthName(strength)] as const);
  return (
    <div className={css.ruleList}>
      {of.map((rule) => (
        <SelectField key={rule} label={capital(ruleName(rule))} value={String(strengths[rule] ?? 0)} items={items} onChange={(value) => onChange(withStrength(strengths, of, rule, Number(value)))} />
      ))}
    </div>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function strengthName(strength: MatchStrength): string {
  return t(`doubles.strength.${strength}` as Key);
}

function say(field: keyof RulesForm, form: RulesForm): string {
  if (field === "checkOnCreate" || field === "checkContactsOnCreate") return t(form[field] ? "clients.yes" : "clients.no");
  if (field === "sharedAddresses") return form.sharedAddresses.split("\n").join(", ");
  return Object.entries(form[field]).map(([rule, strength]) => `${ruleName(Number(rule))}: ${strengthName(strength)}`).join(", ");
}
