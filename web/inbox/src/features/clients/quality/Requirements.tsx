import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useMemo } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { FieldObject } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { type QualityProfile, QualityService, type QualitySettings } from "../../../gen/okno/crm/v1/quality_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { News } from "../../../ui/form/News.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Section } from "../../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "../clients.module.css";
import { refresh, useCustomFields } from "../queries.ts";
import { labelOf } from "./labels.ts";
import own from "./quality.module.css";
import { Recount } from "./Recount.tsx";

/** What cards must hold, of each kind, and how heavy each field is. */
export function Requirements() {
  const locked = !isAdministrator(useMe().employee);
  const { data, error, refetch } = useQuery(QualityService.method.getQualitySettings, {});
  const problem = error && !data ? problemOf(error) : undefined;
  if (problem) return <Failure what={t("quality.settingsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  return (
    <>
      {locked && <Strip>{t("cards.onlyAdmin")}</Strip>}
      {data?.settings ? <Form settings={data.settings} locked={locked} /> : <SkeletonRows rows={3} height={44} />}
    </>
  );
}

const KINDS = ["company", "person", "contact"] as const;
type Kind = (typeof KINDS)[number];
const KIND_NAMES = { company: "quality.ofCompany", person: "quality.ofPersonKind", contact: "quality.ofContact" } as const;

/** Field by weight. */
type Profile = Readonly<Record<string, number>>;
type FormOf = Record<Kind, Profile>;

function profileOf(profile: QualityProfile | undefined): Profile {
  return Object.fromEntries([...(profile?.contactData ?? []), ...(profile?.portrait ?? [])].map(({ field, weight }) => [field, weight]));
}

function Form({ settings, locked }: { settings: QualitySettings; locked: boolean }) {
  const edit = useEdit<FormOf>({ company: profileOf(settings.company), person: profileOf(settings.person), contact: profileOf(settings.contact) }, settings.etag);
  const ofClients = useCustomFields(FieldObject.CLIENT);
  const ofContacts = useCustomFields(FieldObject.CONTACT);
  const fields = useMemo(() => [...ofClients, ...ofContacts], [ofClients, ofContacts]);
  const update = useMutation(QualityService.method.updateQualitySettings, {
    onSuccess: async () => {
      await refresh(QualityService);
      toast(t("form.saved"));
    },
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refresh(QualityService),
  });
  const problem = update.error ? problemOf(update.error) : undefined;
  const stale = problem?.reason === "ETAG_MISMATCH";
  const { form, dirty } = edit;
  const message = (profile: Profile) => {
    const all = Object.entries(profile).map(([field, weight]) => ({ field, weight }));
    const isAddress = ({ field }: { field: string }): boolean => settings.addressFields.includes(field);
    return { contactData: all.filter(isAddress), portrait: all.filter((one) => !isAddress(one)) };
  };
  const save = (): void => {
    if (dirty.length > 0 && !update.isPending) update.mutate({ settings: { etag: settings.etag, company: message(form.company), person: message(form.person), contact: message(form.contact) } });
  };
  useCommand("form.save", save, { within: "anywhere", enabled: dirty.length > 0 });
  const set = (kind: Kind, profile: Profile): void => (update.reset(), edit.change({ [kind]: profile }));
  const label = (key: string): string => labelOf(key, fields);
  return (
    <Section title={t("quality.settings")}>
      <p className={css.muted}>{t("quality.settingsHint")}</p>
      <Recount />
      <fieldset className={css.rows} disabled={locked}>
        {KINDS.map((kind) => {
          const custom = (kind === "contact" ? ofContacts : ofClients).map(({ fieldId }) => `custom_values:${fieldId}`);
          const portrait = [...(kind === "contact" ? settings.contactFields : settings.clientFields), ...custom];
          return (
            <details key={kind} className={css.details}>
              <summary>
                {t(KIND_NAMES[kind])} · {Object.keys(form[kind]).length}
              </summary>
              <div className={css.pair}>
                <Choice label={t("quality.contact")} keys={settings.addressFields} profile={form[kind]} name={label} onChange={(next) => set(kind, next)} />
                <Choice label={t("quality.portrait")} keys={portrait} profile={form[kind]} name={label} onChange={(next) => set(kind, next)} />
              </div>
              <Weights profile={form[kind]} name={label} onChange={(next) => set(kind, next)} />
            </details>
          );
        })}
      </fieldset>
      <News edit={edit} name={(kind) => t(KIND_NAMES[kind])} say={(kind, all) => Object.keys(all[kind]).map(label).join(", ")} />
      <SaveBar changes={dirty.length} busy={update.isPending} problem={stale ? (edit.news.length > 0 ? undefined : t("form.stale")) : problem && problemText(problem)} hint={keyOf("form.save")} onSave={save} onCancel={() => (update.reset(), edit.reset())} />
      <LeaveGuard dirty={dirty.length > 0} />
    </Section>
  );
}

type PartProps = { profile: Profile; name: (key: string) => string; onChange: (profile: Profile) => void };

function Choice({ label, keys, profile, name, onChange }: PartProps & { label: string; keys: readonly string[] }) {
  const change = (chosen: readonly string[]): void => {
    const kept = Object.entries(profile).filter(([key]) => !keys.includes(key));
    onChange(Object.fromEntries([...kept, ...chosen.map((key) => [key, profile[key] ?? 1] as const)]));
  };
  return <Checks label={label} items={keys.map((key) => ({ id: key, name: name(key) }))} chosen={keys.filter((key) => key in profile)} onChange={change} />;
}

function Weights({ profile, name, onChange }: PartProps) {
  const keys = Object.keys(profile);
  if (keys.length === 0) return null;
  return (
    <details className={css.details}>
      <summary>{t("quality.weights")}</summary>
      <div className={own.weights}>
        {keys.map((key) => (
          <label key={key}>
            <span>{name(key)}</span>
            <input type="number" min={1} max={100} aria-label={t("quality.weightOf", { name: name(key) })} value={profile[key]} onChange={({ target }) => onChange({ ...profile, [key]: Math.min(100, Math.max(1, Math.round(Number(target.value)) || 1)) })} />
          </label>
        ))}
      </div>
    </details>
  );
}
