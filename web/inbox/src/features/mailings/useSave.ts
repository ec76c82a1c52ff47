import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { Mailing } from "../../gen/okno/inbox/v1/mailing_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { problemOf } from "../../rpc/errors.ts";
import { newId } from "../../rpc/ids.ts";
import { toast } from "../../ui/toasts.ts";
import { mailings } from "./client.ts";
import { type Draft, type Form, loadDraft, pathsOf } from "./draft.ts";
import { refreshMailings } from "./queries.ts";

/** A long list takes its time on a slow line. */
const TIMEOUT_MS = 60_000;

type Wanted = { form: Form; changed: readonly (keyof Form)[]; start: boolean };

/** Keeps a draft, and starts it where that is wanted; `onDraft` hears of each version that the server has. */
export function useSave(known: Mailing | undefined, afterMailingId: string, onDraft: (draft: Draft) => void) {
  const navigate = useNavigate();
  // Nothing is left behind once it is kept: drawn before the page goes on.
  const [left, setLeft] = useState(false);
  // However often it is tried, one form makes one mailing.
  const request = useRef({ id: newId(), tried: undefined as Form | undefined });
  const mutation = useMutation({
    mutationFn: async ({ form, changed, start }: Wanted) => {
      const saved = known && pathsOf(changed).length === 0 ? known : await (known ? update(known, form, pathsOf(changed)) : make(form));
      if (saved !== known) onDraft({ mailing: saved, form });
      if (start) await mailings.startMailing({ mailingId: saved.mailingId, etag: saved.etag });
      return { mailingId: saved.mailingId, start };
    },
    onSuccess: async ({ mailingId, start }) => {
      if (start) flushSync(() => setLeft(true));
      toast(start ? t("mailing.started") : t("form.saved"));
      await refreshMailings();
      await navigate({ to: "/settings/mailings/$mailingId", params: { mailingId }, replace: true });
    },
    onError: async (error) => {
      // Somebody else was faster: their version arrives below what is written here.
      if (!known || problemOf(error).reason !== "ETAG_MISMATCH") return;
      const theirs = await loadDraft(known.mailingId);
      if (theirs.mailing) onDraft(theirs);
    },
  });
  const removal = useMutation({
    mutationFn: () => mailings.deleteMailing({ mailingId: known?.mailingId ?? "", etag: known?.etag ?? "" }),
    onSuccess: async () => {
      flushSync(() => setLeft(true));
      toast(t("mailing.deleted"));
      await navigate({ to: "/settings/mailings", replace: true });
      await refreshMailings();
    },
    onError: async (error) => {
      if (!known || problemOf(error).reason !== "ETAG_MISMATCH") return;
      onDraft(await loadDraft(known.mailingId));
    },
  });
  const make = async (form: Form): Promise<Mailing> => {
    const { id, tried } = request.current;
    request.current.tried = form;
    const { people, ...rest } = form;
    const made = given((await mailings.createMailing({ requestId: id, mailing: { ...rest, afterMailingId }, recipients: listOf(people) }, { timeoutMs: TIMEOUT_MS })).mailing);
    // An earlier try may have made it, though its answer was lost: with what was written then.
    return tried && tried !== form ? update(made, form, pathsOf(["name", "subject", "text", "perMinute", "people"])) : made;
  };
  const error = mutation.error ?? removal.error;
  return {
    left,
    busy: mutation.isPending || removal.isPending,
    problem: error ? problemOf(error) : undefined,
    forget: () => (mutation.reset(), removal.reset()),
    remove: () => removal.mutate(),
    save: (form: Form, changed: readonly (keyof Form)[]) => mutation.mutate({ form, changed, start: false }),
    start: (form: Form, changed: readonly (keyof Form)[]) => mutation.mutate({ form, changed, start: true }),
  };
}

async function update({ mailingId, etag }: Mailing, { people, ...form }: Form, paths: string[]): Promise<Mailing> {
  const recipients = paths.includes("recipients") ? listOf(people) : [];
  return given((await mailings.updateMailing({ mailing: { ...form, mailingId, etag }, recipients, updateMask: { paths } }, { timeoutMs: TIMEOUT_MS })).mailing);
}

function listOf(people: Form["people"]) {
  return people.map(({ address, name, values }) => ({ address, name, values: { ...values } }));
}

function given(mailing: Mailing | undefined): Mailing {
  if (!mailing) throw new Error("an answer without its mailing");
  return mailing;
}
