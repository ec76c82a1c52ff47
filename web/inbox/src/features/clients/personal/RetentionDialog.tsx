import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useState } from "react";
import { RetentionService } from "../../../gen/okno/inbox/v1/retention_service_pb.ts";
import { count } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { TextField } from "../../../ui/form/fields.tsx";
import sheet from "../../../ui/sheet.module.css";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { refresh } from "../queries.ts";
import css from "./personal.module.css";
import type { Shelf } from "./Retention.tsx";

type Kept = "ever" | "months" | "channel";

const MOST = 1_200;

/** First for how long, then what that would take now; only what was seen is switched on. */
export function RetentionDialog({ shelf, onClose }: { shelf: Shelf; onClose: () => void }) {
  const { channel, accountId, rule, above, name } = shelf;
  const [kept, setKept] = useState<Kept>(rule ? (rule.months > 0 ? "months" : "ever") : accountId ? "channel" : "ever");
  const [typed, setTyped] = useState(rule?.months ? String(rule.months) : "12");
  const right = /^\d+$/u.test(typed) && Number(typed) >= 1 && Number(typed) <= MOST;
  const months = kept === "channel" ? (above?.months ?? 0) : kept === "months" && right ? Number(typed) : 0;
  const taken = useQuery(RetentionService.method.previewRetention, { channel, accountId, months }, { enabled: months > 0, staleTime: 0, gcTime: 0, retry: false });
  const set = useMutation(RetentionService.method.setRetentionRule, {
    onSuccess: async () => {
      toast(t("form.saved"));
      onClose();
      await refresh(RetentionService);
    },
    onError: () => taken.refetch(),
  });
  const problem = taken.error ? problemOf(taken.error) : undefined;
  const seen = months > 0 ? taken.data?.count : undefined;
  const ready = kept === "months" ? right && seen !== undefined && !taken.isFetching : months === 0 || (seen !== undefined && !taken.isFetching);
  const choices: readonly Kept[] = accountId ? ["channel", "ever", "months"] : ["ever", "months"];
  const act = (): void => {
    if (!ready || set.isPending) return;
    set.mutate({ rule: { channel, accountId, months: kept === "months" ? months : 0, etag: rule?.etag ?? "" }, messagesSeen: seen?.messages ?? 0n, asChannel: kept === "channel" });
  };
  const label: Record<Kept, string> = { ever: t("retention.forEver"), months: t("retention.someMonths"), channel: t("retention.asChannel") };
  return (
    <Dialog title={t("retention.of", { name })} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          act();
        }}
      >
        <fieldset className={css.choices}>
          <legend>{t("retention.keep")}</legend>
          {choices.map((one) => (
            <label key={one}>
              <input type="radio" name="kept" checked={kept === one} onChange={() => (set.reset(), setKept(one))} />
              {label[one]}
            </label>
          ))}
        </fieldset>
        {kept === "months" && <TextField label={t("retention.monthsField")} error={right ? undefined : t("retention.wrong")} digits most={4} value={typed} onChange={(next) => (set.reset(), setTyped(next))} />}
        {months > 0 && (
          <div aria-live="polite">
            {problem && <Failure what={t("retention.lookFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void taken.refetch()} />}
            {!seen && !problem && <SkeletonRows rows={1} height={44} />}
            {seen && seen.messages === 0n && <Strip>{t("retention.takesNothing")}</Strip>}
            {seen && seen.messages > 0n && (
              <Strip tone="red">{t("retention.takes", { messages: count(Number(seen.messages)), conversations: count(Number(seen.conversations)), files: count(Number(seen.files)) })}</Strip>
            )}
          </div>
        )}
        {set.error && <Strip tone="red">{problemText(problemOf(set.error))}</Strip>}
        <div className={sheet.dialogEnd}>
          <Button variant="default" data-autofocus onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" color={seen && seen.messages > 0n ? "red" : undefined} loading={set.isPending} disabled={!ready}>
            {t(seen && seen.messages > 0n ? "retention.switchOn" : "action.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
