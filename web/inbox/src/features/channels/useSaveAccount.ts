import { useMutation } from "@connectrpc/connect-query";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type ChannelAccount, type ChannelAccountSchema, ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { type Problem, problemOf } from "../../rpc/errors.ts";
import { toast } from "../../ui/toasts.ts";
import { keepAccount } from "./queries.ts";

/** Saves the named fields of an account at the version that was shown. */
export function useSaveAccount(account: ChannelAccount): { save: (change: MessageInitShape<typeof ChannelAccountSchema>, paths: string[]) => void; busy: boolean; problem: Problem | undefined } {
  const update = useMutation(ChannelAccountService.method.updateChannelAccount, {
    onSuccess: ({ account: saved }) => {
      keepAccount(saved);
      toast(t("account.saved"));
    },
  });
  return {
    save: (change, paths) => update.mutate({ account: { ...change, accountId: account.accountId, etag: account.etag }, updateMask: { paths } }),
    busy: update.isPending,
    problem: update.error ? problemOf(update.error) : undefined,
  };
}
