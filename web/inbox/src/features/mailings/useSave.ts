import { createClient } from "@connectrpc/connect";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { type Mailing, MailingService } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { problemOf } from "../../rpc/errors.ts";
import { newId } from "../../rpc/ids.ts";
import { transport } from "../../rpc/transport.ts";
import { toast } from "../../ui/toasts.ts";
import type { Form } from "./MailingForm.tsx";
import { refreshMailings } from "./queries.ts";

export const mailings = createClient(MailingService, transport);

/** A long list takes its time on a slow line. */
const TIMEOUT_MS = 60_000;

type Wanted = { form: Form; write: boolean; start: boolean };

/** Keeps a draft, and starts it where that is wanted. */
export function useSave(known: Mailing | undefined, afterMailingId: string) {
  const navigate = useNavigate();
  // Nothing is left behind once it is kept: drawn before the page goes on.
  const [left, setLeft] = useState(false);
  const request = useRef({ content: "", id: "" });
  const mutation = useMutation({
    mutationFn: async ({ form, write, start }: Wanted) => {
      const saved = write ? await written(form) : known;
      const mailingId = saved?.mailingId ?? "";
      if (start) await mailings.startMailing({ mailingId });
      return { mailingId, start };
    },
    onSuccess: async ({ mailingId, start }) => {
      flushSync(() => setLeft(true));
      toast(start ? t("mailing.started") : t("form.saved"));
      await refreshMailings();
      await navigate({ to: "/settings/mailings/$mailingId", params: { mailingId }, replace: true });
    },
    onError: () => void refreshMailings(),
  });
  const removal = useMutation({
    mutationFn: () => mailings.deleteMailing({ mailingId: known?.mailingId ?? "", etag: known?.etag ?? "" }),
    onSuccess: async () => {
      flushSync(() => setLeft(true));
      toast(t("mailing.deleted"));
      await navigate({ to: "/settings/mailings", replace: true });
    },
    onSettled: () => void refreshMailings(),
  });
  const error = mutation.error ?? removal.error;
  const written = async ({ people, ...form }: Form): Promise<Mailing | undefined> => {
    const recipients = people.map(({ address, name, values }) => ({ address, name, values: { ...values } }));
    const content = JSON.stringify([form, recipients]);
    // The same content, repeated after a lost answer, is the same request.
    if (request.current.content !== content) request.current = { content, id: newId() };
    const options = { timeoutMs: TIMEOUT_MS };
    if (!known) return (await mailings.createMailing({ requestId: request.current.id, mailing: { ...form, afterMailingId }, recipients }, options)).mailing;
    const paths = ["name", "subject", "text", "per_minute", "recipients"];
    return (await mailings.updateMailing({ mailing: { ...form, mailingId: known.mailingId, etag: known.etag }, recipients, updateMask: { paths } }, options)).mailing;
  };
  return {
    left,
    busy: mutation.isPending || removal.isPending,
    problem: error ? problemOf(error) : undefined,
    forget: () => (mutation.reset(), removal.reset()),
    remove: () => removal.mutate(),
    save: (form: Form) => mutation.mutate({ form, write: true, start: false }),
    start: (form: Form, write: boolean) => mutation.mutate({ form, write, start: true }),
  };
}
