import { useMutation } from "@connectrpc/connect-query";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type ChannelAccount, type ChannelAccountSchema, ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { type Problem, problemOf } from "../../rpc/errors.ts";
import { toast } from "../../ui/toasts.ts";
import { keepAccount, refreshAccounts } from "./queries.ts";

type Change = MessageInitShape<typeof ChannelAccountSchema>;
type Saving = { save: (change: Change, paths: string[]) => void; busy: boolean; problem: Problem | undefined; forget: () => void };

/** Saves the named fields of an account at the version that was shown. When it was another one, the newer is fetched. */
export function useSaveAccount(account: ChannelAccount): Saving {
  const update = useMutation(ChannelAccountService.method.updateChannelAccount, {
    onSuccess: ({ account: saved }) => {
      keepAccount(saved);
      toast(t("form.saved"));
    },
    onError: (error) => {
      if (problemOf(error).reason === "ETAG_MISMATCH") refreshAccounts();
    },
  });
  return {
    save: (change, paths) => update.mutate({ account: { ...change, accountId: account.accountId, etag: account.etag }, updateMask: { paths } }),
    busy: update.isPending,
    problem: update.error ? problemOf(update.error) : undefined,
    forget: update.reset,
  };
}

/** Why saving failed; what the provider said comes along. */
export function saveProblem(problem: Problem | undefined, newsShown: boolean): string | undefined {
  if (!problem) return undefined;
  if (problem.reason === "ETAG_MISMATCH") return newsShown ? undefined : t("form.stale");
  const step = problem.reason === "PROBE_FAILED" ? problem.metadata["step"] : undefined;
  return [problemText(problem), step].filter(Boolean).join(" ");
}
