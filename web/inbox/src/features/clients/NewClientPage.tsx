import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, useEffect, useRef, useState } from "react";
import { useCommand } from "../../app/commands.ts";
import { ClientKind, ClientService } from "../../gen/okno/crm/v1/client_service_pb.ts";
import type { DuplicateCandidate } from "../../gen/okno/crm/v1/duplicate_pb.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemOf } from "../../rpc/errors.ts";
import { useEmployeeId } from "../../rpc/session.ts";
import { LeaveGuard } from "../../ui/form/LeaveGuard.tsx";
import { changedFields } from "../../ui/form/rebase.ts";
import { Page } from "../../ui/Page.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { useTitle } from "../../ui/title.ts";
import { toast } from "../../ui/toasts.ts";
import { Back } from "./Back.tsx";
import css from "./clients.module.css";
import { CandidatesDialog } from "./doubles/parts.ts";
import { MainFields, MoreFields } from "./fields/ClientFields.tsx";
import { CLIENT_FIELDS, type ClientForm, emptyForm, errorsOf, message } from "./form.ts";
import { refresh } from "./queries.ts";
import { useRequestId } from "./useRequestId.ts";
import { refusal } from "../../rpc/refusal.ts";
import { focusFirstError } from "../../ui/form/focus.ts";

const KINDS = [
  [ClientKind.COMPANY, "clients.company"],
  [ClientKind.PERSON, "clients.person"],
] as const;

/** A new client: name and a way to reach them are enough, the rest may be filled in at once. */
export function NewClientPage() {
  useT();
  const title = t("clients.new");
  useTitle(title);
  const me = useEmployeeId();
  const [before, setBefore] = useState(() => emptyForm(ClientKind.COMPANY, me));
  const [form, setForm] = useState<ClientForm>(before);
  const [tried, setTried] = useState(false);
  const [likely, setLikely] = useState<readonly DuplicateCandidate[]>([]);
  const [openId, setOpenId] = useState("");
  const request = useRequestId(form);
  const box = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const create = useMutation(ClientService.method.createClient, {
    onSuccess: async ({ client, candidates }) => {
      // Nothing was made: it may be one of these.
      if (!client) return setLikely(candidates);
      setLikely([]);
      await refresh(ClientService);
      toast(t("clients.created"));
      setOpenId(client.clientId);
    },
  });
  // Once the guard knows that nothing is left behind.
  useEffect(() => {
    if (openId) void navigate({ to: "/clients/$clientId", params: { clientId: openId }, search: {}, replace: true });
  }, [openId, navigate]);
  const refused = refusal(create.error ? problemOf(create.error) : undefined, CLIENT_FIELDS);
  const submit = (force: boolean): void => {
    setTried(true);
    if (create.isPending || openId) return;
    if (Object.keys(errorsOf(form)).length > 0) return focusFirstError(box.current);
    create.mutate({ requestId: request(force), client: message(form), force }, { onError: () => (setLikely([]), focusFirstError(box.current)) });
  };
  useCommand("form.save", () => submit(false), { within: "anywhere" });
  const errors = { ...refused.fields, ...(tried ? errorsOf(form) : {}) };
  const fields = { form, errors, onChange: (part: Partial<ClientForm>) => (create.reset(), setForm({ ...form, ...part })) };
  const become = (kind: ClientKind): void => {
    setBefore({ ...before, kind });
    fields.onChange({ kind });
  };
  return (
    <Page title={title} back={<Back />}>
      <fieldset className={css.kinds}>
        <legend>{t("client.field.kind")}</legend>
        {KINDS.map(([kind, label]) => (
          <label key={kind} className={css.flag}>
            <input type="radio" name="kind" checked={form.kind === kind} onChange={() => become(kind)} /> {t(label)}
          </label>
        ))}
      </fieldset>
      <div ref={box} style={{ display: "contents" }}>
        <MainFields {...fields} />
        <details className={css.details} open={tried || undefined}>
          <summary>{t("clients.moreFields")}</summary>
          <div className={css.stack}>
            <MoreFields {...fields} />
          </div>
        </details>
      </div>
      {refused.rest && <Strip tone="red">{refused.rest}</Strip>}
      <div className={css.buttons}>
        <Button loading={create.isPending} onClick={() => submit(false)}>
          {t("clients.create")}
        </Button>
      </div>
      <Suspense>{likely.length > 0 && <CandidatesDialog candidates={likely} busy={create.isPending} onOpen={setOpenId} onGoOn={() => submit(true)} onClose={() => setLikely([])} />}</Suspense>
      <LeaveGuard dirty={!openId && changedFields(before, form).length > 0} />
    </Page>
  );
}
