import { useMutation } from "@tanstack/react-query";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { type Problem, problemOf } from "../../rpc/errors.ts";
import { toast } from "../../ui/toasts.ts";
import { refreshLeads } from "./queries.ts";

type Deed = {
  busy: boolean;
  problem: Problem | undefined;
  /** What stands at the button when it was refused. */
  text: string | undefined;
  run: (call: () => Promise<unknown>, after?: () => void) => void;
  reset: () => void;
};

/** One step with a lead. A colleague who was faster is told of: the newer version is fetched and the step can be repeated. */
export function useDeed(): Deed {
  const mutation = useMutation({
    mutationFn: (call: () => Promise<unknown>) => call(),
    onSuccess: () => refreshLeads(),
    onError: () => void refreshLeads(),
  });
  const problem = mutation.error ? problemOf(mutation.error) : undefined;
  return {
    busy: mutation.isPending,
    problem,
    text: problem && (problem.reason === "ETAG_MISMATCH" ? t("leads.stale") : problemText(problem)),
    run: (call, after) => {
      if (!mutation.isPending) mutation.mutate(call, after ? { onSuccess: after } : {});
    },
    reset: mutation.reset,
  };
}

/** The same for a button that has no dialog: what was refused is said at the bottom. */
export function useAct(): { busy: boolean; act: (call: () => Promise<unknown>, done: string, undo?: () => Promise<unknown>) => void } {
  const mutation = useMutation({ mutationFn: (call: () => Promise<unknown>) => call() });
  const fail = (error: unknown): void => {
    const problem = problemOf(error);
    void refreshLeads();
    toast(problem.reason === "ETAG_MISMATCH" ? t("leads.stale") : problemText(problem), { error: true });
  };
  const act = (call: () => Promise<unknown>, done: string, undo?: () => Promise<unknown>): void => {
    if (mutation.isPending) return;
    mutation.mutate(call, {
      onError: fail,
      onSuccess: () => {
        void refreshLeads();
        toast(done, undo ? { undo: () => act(undo, t("leads.undone")) } : {});
      },
    });
  };
  return { busy: mutation.isPending, act };
}
