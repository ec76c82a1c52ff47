import { useMutation } from "@connectrpc/connect-query";
import { type PersonalExport, PersonalDataService, PersonalExportState } from "../../../gen/okno/crm/v1/personal_data_service_pb.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { toast } from "../../../ui/toasts.ts";
import { t } from "../../../i18n/index.ts";
import { refresh } from "../queries.ts";

/** How often one that is being packed is looked at. */
export const LOOK_MS = 1_000;

export const isRunning = (one: PersonalExport): boolean => one.state === PersonalExportState.RUNNING;

/** How much of what there was is packed, from 0 to 1. */
export function share(one: PersonalExport): number {
  const of = (counts: PersonalExport["seen"]): number => counts.filter(({ kind }) => kind === "message" || kind === "file").reduce((sum, { count }) => sum + Number(count), 0);
  const all = of(one.seen);
  return all === 0 ? 0 : Math.min(of(one.packed) / all, 1);
}

/** Fetching the ZIP by a link of a few minutes, and taking it away. */
export function useGivingOut(one: PersonalExport) {
  const failed = (error: Error): void => toast(problemText(problemOf(error)), { error: true });
  const link = useMutation(PersonalDataService.method.createPersonalExportLink, {
    onSuccess: ({ path }) => location.assign(path), // it is saved: the page stays
    onError: failed,
    onSettled: () => refresh(PersonalDataService),
  });
  const remove = useMutation(PersonalDataService.method.removePersonalExport, {
    onSuccess: () => toast(t("personal.exportRemoved")),
    onError: failed,
    onSettled: () => refresh(PersonalDataService),
  });
  return {
    download: () => link.mutate({ exportId: one.exportId }),
    remove: () => remove.mutate({ exportId: one.exportId }),
    busy: link.isPending || remove.isPending,
  };
}
