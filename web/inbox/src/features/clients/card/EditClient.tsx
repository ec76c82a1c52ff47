import { useMutation } from "@connectrpc/connect-query";
import { useMutation as usePlainMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { IconArrowLeft } from "@tabler/icons-react";
import { Suspense, useEffect, useRef, useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import { type Client, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { FieldObject } from "../../../gen/okno/crm/v1/field_service_pb.ts";
import type { DuplicateCandidate } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { News } from "../../../ui/form/News.tsx";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Page } from "../../../ui/Page.tsx";
import { toast } from "../../../ui/toasts.ts";
import sheet from "../../../ui/sheet.module.css";
import { isTelling, likelyDoubles } from "../doubles/ask.ts";
import { CandidatesDialog } from "../doubles/parts.ts";
import { MainFields, MoreFields } from "../fields/ClientFields.tsx";
import { CLIENT_FIELDS, errorsOf, fieldName, formOf, message, pathOf } from "../form.ts";
import { focusField, labelOf } from "../quality/labels.ts";
import { refresh, useCustomFields } from "../queries.ts";
import { useSay } from "../useSay.ts";
import { refusal } from "../../../rpc/refusal.ts";
import { focusFirstError } from "../../../ui/form/focus.ts";

/** The card as a form. A colleague who was faster is told of, field by field; nothing is overwritten. */
export function EditClient({ client, field }: { client: Client; /** Which one it is opened for; as `labelOf` knows it. */ field?: string | undefined }) {
  const edit = useEdit(formOf(client), client.etag);
  const [tried, setTried] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const say = useSay();
  const custom = useCustomFields(FieldObject.CLIENT);
  const wanted = field?.startsWith("addresses:") ? t("clients.reach") : field && labelOf(field, custom);
  useEffect(() => {
    if (wanted) focusField(box.current, wanted);
  }, [wanted]);
  const { clientId, etag } = client;
  const [likely, setLikely] = useState<readonly DuplicateCandidate[]>([]);
  const update = useMutation(ClientService.method.updateClient, {
    onSuccess: async () => {
      await refresh(ClientService);
      toast(t("form.saved"));
    },
    // A newer version is on its way into the form; what was typed is laid upon it.
    onError: (error) => problemOf(error).reason === "ETAG_MISMATCH" && refresh(ClientService),
  });
  const check = usePlainMutation({ mutationFn: likelyDoubles });
  const { isSuccess } = update;
  // Once the guard knows that nothing is left behind.
  useEffect(() => {
    if (isSuccess) void navigate({ to: "/clients/$clientId", params: { clientId }, search: {}, replace: true });
  }, [isSuccess, clientId, navigate]);
  const failed = update.error ?? check.error;
  const problem = failed ? problemOf(failed) : undefined;
  const refused = refusal(problem, CLIENT_FIELDS);
  const errors = { ...refused.fields, ...(tried ? errorsOf(edit.form) : {}) };
  const save = (): void => {
    setTried(true);
    if (edit.dirty.length === 0 || update.isPending || check.isPending) return;
    if (Object.keys(errorsOf(edit.form)).length > 0) return focusFirstError(box.current);
    if (!isTelling(edit.dirty)) return store();
    check.mutate({ ...message(edit.form), clientId }, { onSuccess: (found) => (found.length > 0 ? setLikely(found) : store()) });
  };
  // What was typed is not saved: the guard asks about it.
  const open = (id: string): void => {
    setLikely([]);
    void navigate({ to: "/clients/$clientId", params: { clientId: id }, search: {} });
  };
  const store = (): void => {
    setLikely([]);
    update.mutate({ client: { ...message(edit.form), clientId, etag }, updateMask: { paths: edit.dirty.map(pathOf) } }, { onError: () => focusFirstError(box.current) });
  };
  useCommand("form.save", save, { within: "anywhere", enabled: edit.dirty.length > 0 });
  const again = (): void => (update.reset(), check.reset());
  const stale = problem?.reason === "ETAG_MISMATCH";
  const clean = edit.dirty.length === 0;
  const fields = { form: edit.form, errors, onChange: (part: Partial<typeof edit.form>) => (again(), edit.change(part)) };
  return (
    <Page
      title={client.workingName || client.name}
      back={
        <Link className={sheet.back} to="/clients/$clientId" params={{ clientId }} search={{}}>
          <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" /> {t("clients.toCard")}
        </Link>
      }
    >
      <div ref={box} style={{ display: "contents" }}>
        <MainFields {...fields} />
        <MoreFields {...fields} />
      </div>
      {/* In sight wherever the form is read: it is long. */}
      <div className={sheet.foot}>
        <News edit={edit} name={fieldName} say={say} />
        <SaveBar changes={edit.dirty.length} busy={update.isPending || check.isPending} problem={stale ? (edit.news.length > 0 ? undefined : t("form.stale")) : refused.rest} hint={keyOf("form.save")} onSave={save} onCancel={() => (again(), edit.reset())} />
      </div>
      <Suspense>{likely.length > 0 && <CandidatesDialog known candidates={likely} busy={update.isPending} onOpen={open} onGoOn={store} onClose={() => setLikely([])} />}</Suspense>
      <LeaveGuard dirty={!clean && !isSuccess} />
    </Page>
  );
}
