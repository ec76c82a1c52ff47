import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useMutation as usePlainMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, useRef, useState } from "react";
import { type Contact, ContactService } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import { ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { DuplicateCandidate } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { News } from "../../../ui/form/News.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { useCloseGuard } from "../../../ui/form/closeGuard.tsx";
import sheet from "../../../ui/sheet.module.css";
import { isTelling, likelyContacts } from "../doubles/ask.ts";
import { CandidatesDialog } from "../doubles/parts.ts";
import { fieldName, pathOf } from "../form.ts";
import { refresh } from "../queries.ts";
import { useRequestId } from "../useRequestId.ts";
import { useSay } from "../useSay.ts";
import { refusal } from "../../../rpc/refusal.ts";
import { focusFirstError } from "../../../ui/form/focus.ts";
import { ContactFields } from "./ContactFields.tsx";
import { CONTACT_FIELDS, type ContactForm, emptyForm, errorsOf, formOf, message } from "./form.ts";

const NEW: ContactForm = emptyForm();

/** Adds a person to a client, or changes one. What a colleague changed meanwhile is told, not overwritten. */
export function ContactDialog({ clientId, contact, onClose }: { clientId: string; contact: Contact | undefined; onClose: () => void }) {
  const edit = useEdit(contact ? formOf(contact) : NEW, contact?.etag ?? "");
  const [tried, setTried] = useState(false);
  const request = useRequestId(edit.form);
  const [likely, setLikely] = useState<readonly DuplicateCandidate[]>([]);
  const navigate = useNavigate();
  const box = useRef<HTMLFormElement>(null);
  const say = useSay();
  const done = async (): Promise<void> => {
    await refresh(ContactService, ClientService);
    toast(t("form.saved"));
    onClose();
  };
  // A newer version is on its way into the form; what was typed is laid upon it.
  const onError = (error: unknown): void => void (problemOf(error).reason === "ETAG_MISMATCH" && refresh(ContactService));
  const create = useMutation(ContactService.method.createContact, {
    // Nothing was made: it may be one of these.
    onSuccess: ({ contact: made, candidates }) => (made ? done() : setLikely(candidates)),
  });
  const check = usePlainMutation({ mutationFn: likelyContacts });
  const update = useMutation(ContactService.method.updateContact, { onSuccess: done, onError });
  const running = contact ? update : create;
  const failed = running.error ?? check.error;
  const problem = failed ? problemOf(failed) : undefined;
  const refused = refusal(problem, CONTACT_FIELDS);
  const errors = { ...refused.fields, ...(tried ? errorsOf(edit.form) : {}) };
  const after = { onError: () => (setLikely([]), focusFirstError(box.current)) };
  const store = (): void => {
    if (!contact) create.mutate({ requestId: request(true), contact: { ...message(edit.form), clientId }, force: true }, after);
    else update.mutate({ contact: { ...message(edit.form), contactId: contact.contactId, etag: contact.etag }, updateMask: { paths: edit.dirty.map(pathOf) } }, after);
  };
  const submit = (): void => {
    setTried(true);
    if (running.isPending || check.isPending) return;
    if (Object.keys(errorsOf(edit.form)).length > 0) return focusFirstError(box.current);
    if (!contact) create.mutate({ requestId: request(false), contact: { ...message(edit.form), clientId } }, after);
    else if (edit.dirty.length === 0) onClose();
    else if (!isTelling(edit.dirty)) store();
    else check.mutate({ ...message(edit.form), contactId: contact.contactId, clientId }, { onSuccess: (found) => (found.length > 0 ? setLikely(found) : store()) });
  };
  const openFound = (foundClientId: string, foundId: string): void => {
    onClose();
    void navigate({ to: "/clients/$clientId", params: { clientId: foundClientId }, search: { contact: foundId } });
  };
  const stale = problem?.reason === "ETAG_MISMATCH";
  const guard = useCloseGuard(edit.dirty.length > 0, onClose);
  return (
    <Dialog title={contact ? t("contacts.edit", { name: contact.name }) : t("contacts.new")} wide onClose={guard.close}>
      <form
        ref={box}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <ContactFields form={edit.form} errors={errors} onChange={(part) => (running.reset(), check.reset(), edit.change(part))} />
        <News edit={edit} name={fieldName} say={say} />
        {(stale ? edit.news.length === 0 : refused.rest) && <Strip tone="red">{stale ? t("form.stale") : refused.rest}</Strip>}
        {guard.question}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={guard.close}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={running.isPending || check.isPending}>
            {contact ? t("action.save") : t("contacts.add")}
          </Button>
        </div>
      </form>
      <Suspense>{likely.length > 0 && <CandidatesDialog of="contacts" known={contact !== undefined} candidates={likely} busy={running.isPending} onOpen={openFound} onGoOn={store} onClose={() => setLikely([])} />}</Suspense>
    </Dialog>
  );
}
