import { useMutation, useQuery } from "@connectrpc/connect-query";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { AccessService } from "../../../gen/okno/crm/v1/access_service_pb.ts";
import { type ClientSettings, FieldService } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Checks } from "../../../ui/form/Checks.tsx";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { News } from "../../../ui/form/News.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "../clients.module.css";
import { Flag } from "../fields/controls.tsx";
import { camelOf, fieldName, pathOf } from "../form.ts";
import { refresh } from "../queries.ts";
import { useSay } from "../useSay.ts";

/** Who sees clients, what new ones get, whose changes are kept. */
export function Keeping({ locked }: { locked: boolean }) {
  const { data, error, refetch } = useQuery(FieldService.method.getClientSettings, {});
  const problem = error && !data ? problemOf(error) : undefined;
  if (problem) return <Failure what={t("cards.settingsFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  return data?.settings ? <Form settings={data.settings} locked={locked} /> : null;
}

const NAMES = ["restricted", "withoutDefaultContract", "creatorLevels", "versionedClientFields", "versionedContactFields"] as const;

function formOf(settings: ClientSettings): Pick<ClientSettings, (typeof NAMES)[number]> {
  const { restricted, withoutDefaultContract, creatorLevels } = settings;
  const inOrder = (all: readonly string[], chosen: readonly string[]): string[] => all.filter((one) => chosen.includes(one));
  return {
    restricted,
    withoutDefaultContract,
    creatorLevels,
    versionedClientFields: inOrder(settings.versionableClientFields, settings.versionedClientFields),
    versionedContactFields: inOrder(settings.versionableContactFields, settings.versionedContactFields),
  };
}

function Form({ settings, locked }: { settings: ClientSettings; locked: boolean }) {
  const edit = useEdit(formOf(settings), settings.etag);
  const say = useSay();
  const update = useMutation(FieldService.method.updateClientSettings, {
    onSuccess: async () => {
      await refresh(FieldService, AccessService);
      toast(t("form.saved"));
    },
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refresh(FieldService),
  });
  const problem = update.error ? problemOf(update.error) : undefined;
  const stale = problem?.reason === "ETAG_MISMATCH";
  const { form, dirty } = edit;
  const set = (part: Partial<typeof form>): void => (update.reset(), edit.change(part));
  const save = (): void => {
    if (dirty.length > 0 && !update.isPending) update.mutate({ settings: { ...form, etag: settings.etag }, updateMask: { paths: dirty.map(pathOf) } });
  };
  useCommand("form.save", save, { within: "anywhere", enabled: dirty.length > 0 });
  const items = (paths: readonly string[]) => paths.map((path) => ({ id: path, name: fieldName(camelOf(path)) }));
  return (
    <Section title={t("cards.keeping")}>
      <fieldset className={css.rows} disabled={locked}>
        <Flag label={t("cards.restricted")} hint={t("cards.restrictedHint")} checked={form.restricted} onChange={(restricted) => set({ restricted })} />
        <Flag label={t("cards.contract")} checked={!form.withoutDefaultContract} onChange={(with_) => set({ withoutDefaultContract: !with_ })} />
        <Flag label={t("cards.creatorLevels")} checked={form.creatorLevels} onChange={(creatorLevels) => set({ creatorLevels })} />
        <details className={css.details}>
          <summary>{t("cards.versionedFields")}</summary>
          <div className={css.pair}>
            <Checks label={t("cards.ofClients")} items={items(settings.versionableClientFields)} chosen={form.versionedClientFields} onChange={(versionedClientFields) => set({ versionedClientFields })} />
            <Checks label={t("cards.ofContacts")} items={items(settings.versionableContactFields)} chosen={form.versionedContactFields} onChange={(versionedContactFields) => set({ versionedContactFields })} />
          </div>
        </details>
      </fieldset>
      <News edit={edit} name={(field) => t(`cards.name.${field as (typeof NAMES)[number]}`)} say={say} />
      <SaveBar changes={dirty.length} busy={update.isPending} problem={stale ? (edit.news.length > 0 ? undefined : t("form.stale")) : problem && problemText(problem)} hint={keyOf("form.save")} onSave={save} onCancel={() => (update.reset(), edit.reset())} />
      <LeaveGuard dirty={dirty.length > 0} />
    </Section>
  );
}
