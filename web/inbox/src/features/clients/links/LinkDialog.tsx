import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useRef, useState } from "react";
import { type ClientLink, ClientLinkService } from "../../../gen/okno/crm/v1/client_link_service_pb.ts";
import { type Client, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { DirectoryKind } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { refusal } from "../../../rpc/refusal.ts";
import { useCloseGuard } from "../../../ui/form/closeGuard.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { focusFirstError } from "../../../ui/form/focus.ts";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { ClientPick } from "../fields/ClientPick.tsx";
import { DateField, SelectField, TextField } from "../fields/controls.tsx";
import { refresh, useDirectories } from "../queries.ts";
import { useRequestId } from "../useRequestId.ts";
import { roleOf, rolesOf } from "./words.ts";

type Form = { role: string; otherClientId: string; linkedFrom: string; linkedUntil: string; note: string };
const FIELDS = ["kindId", "otherClientId", "linkedFrom", "linkedUntil", "note"] as const;

function formOf(link: ClientLink | undefined): Form {
  if (!link) return { role: "", otherClientId: "", linkedFrom: "", linkedUntil: "", note: "" };
  const { otherClientId, linkedFrom, linkedUntil, note } = link;
  return { role: `${link.kindId} ${link.reversed ? "reversed" : ""}`, otherClientId, linkedFrom, linkedUntil, note };
}

/** Ties another client to this one, or says more of a tie: whom and how stays as it was made. */
export function LinkDialog({ client, link, onClose }: { client: Client; link: ClientLink | undefined; onClose: () => void }) {
  const [before] = useState(() => formOf(link));
  const [form, setForm] = useState(before);
  const [tried, setTried] = useState(false);
  const request = useRequestId(form);
  const box = useRef<HTMLFormElement>(null);
  const { of, entry } = useDirectories();
  const roles = rolesOf(of(DirectoryKind.CLIENT_LINK));
  const after = {
    onSuccess: async (): Promise<void> => {
      await refresh(ClientLinkService, ClientService);
      toast(t("form.saved"));
      onClose();
    },
    onError: (error: unknown): void => {
      if (problemOf(error).reason === "ETAG_MISMATCH") void refresh(ClientLinkService);
      focusFirstError(box.current);
    },
  };
  const create = useMutation(ClientLinkService.method.createClientLink, after);
  const update = useMutation(ClientLinkService.method.updateClientLink, after);
  const running = link ? update : create;
  const refused = refusal(running.error ? problemOf(running.error) : undefined, FIELDS);
  const wrong = errorsOf(form);
  const errors: Partial<Record<(typeof FIELDS)[number], string>> = { ...refused.fields, ...(tried ? wrong : {}) };
  const set = (part: Partial<Form>): void => (running.reset(), setForm({ ...form, ...part }));
  const submit = (): void => {
    setTried(true);
    if (running.isPending) return;
    if (Object.keys(wrong).length > 0) return focusFirstError(box.current);
    const { linkedFrom, linkedUntil, note } = form;
    const terms = { clientId: client.clientId, linkedFrom, linkedUntil, note: note.trim() };
    const [kindId = "", reversed] = form.role.split(" ");
    if (link) update.mutate({ link: { ...terms, linkId: link.linkId, etag: link.etag }, updateMask: { paths: ["linked_from", "linked_until", "note"] } });
    else create.mutate({ requestId: request(false), link: { ...terms, otherClientId: form.otherClientId, kindId, reversed: reversed === "reversed" } });
  };
  const guard = useCloseGuard(JSON.stringify(form) !== JSON.stringify(before), onClose);
  return (
    <Dialog title={link ? t("links.edit", { name: link.otherName }) : t("links.new")} onClose={guard.close}>
      <form
        ref={box}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={css.fields}>
          {link ? (
            <p className={css.muted}>
              {roleOf(entry(link.kindId), link.reversed)}: {link.otherName}
            </p>
          ) : (
            <>
              <ClientPick label={t("links.other")} error={errors.otherClientId} clientId={form.otherClientId} onChange={(otherClientId) => set({ otherClientId })} />
              <SelectField label={t("links.role")} error={errors.kindId} hint={roles.length === 0 ? t("links.noKinds") : undefined} value={form.role} none="—" items={roles} onChange={(role) => set({ role })} />
            </>
          )}
          <div className={css.pair}>
            <DateField label={t("client.field.linkedFrom")} error={errors.linkedFrom} value={form.linkedFrom} onChange={(linkedFrom) => set({ linkedFrom })} />
            <DateField label={t("client.field.linkedUntil")} error={errors.linkedUntil} value={form.linkedUntil} onChange={(linkedUntil) => set({ linkedUntil })} />
          </div>
          <TextField label={t("links.note")} error={errors.note} rows={2} most={2_000} value={form.note} onChange={(note) => set({ note })} />
        </div>
        {refused.rest && <Strip tone="red">{refused.rest}</Strip>}
        {guard.question}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={guard.close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={running.isPending}>
            {t(link ? "action.save" : "links.add")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function errorsOf({ role, otherClientId, linkedFrom, linkedUntil }: Form): Partial<Record<(typeof FIELDS)[number], string>> {
  return {
    ...(otherClientId ? {} : { otherClientId: t("form.required") }),
    ...(role ? {} : { kindId: t("form.required") }),
    ...(linkedFrom && linkedUntil && linkedUntil < linkedFrom ? { linkedUntil: t("contacts.wrong.until") } : {}),
  };
}
