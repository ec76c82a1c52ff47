import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { IconCircleCheck, IconLoader2 } from "@tabler/icons-react";
import type { SettingsSchema } from "../../../gen/okno/channel/v1/gateway_pb.ts";
import { ChannelAccountService } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { duration } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { millis } from "../../../rpc/clock.ts";
import { Strip } from "../../../ui/Strip.tsx";
import css from "../channels.module.css";
import { localText, withRemedy } from "../localText.ts";
import { problemWords } from "../problem.ts";
import { Snippets } from "../Snippets.tsx";

const LOOK_EVERY_MS = 3_000;

/** Ends by itself: something came in by this account. Until then what is to be copied to the other side stands here. */
export function FirstEvent({ accountId, schema, onNext }: { accountId: string; schema: SettingsSchema; onNext: () => void }) {
  const { data } = useQuery(
    ChannelAccountService.method.getChannelAccount,
    { accountId },
    { refetchInterval: (query) => (query.state.data?.account?.status?.lastEventAt ? false : LOOK_EVERY_MS) },
  );
  const status = data?.account?.status;
  const at = millis(status?.lastEventAt);
  const received = at > 0;
  const remedy = status?.remedyKey ? localText(schema.remedies[status.remedyKey]) : "";
  const problem = problemWords(status);
  const took = at - millis(data?.account?.createdAt);
  return (
    <div className={css.columns}>
      <div className={css.card}>
        <p role="status" className={`${css.first} ${received ? css.ok : css.waiting}`}>
          {received ? <IconCircleCheck size={20} stroke={1.75} aria-hidden="true" /> : <IconLoader2 size={20} stroke={1.75} aria-hidden="true" />}
          <span>{received ? (took > 0 && millis(data?.account?.createdAt) > 0 ? t("connect.receivedAfter", { time: duration(took) }) : t("connect.received")) : t("connect.waiting", { identity: status?.identity || data?.account?.name || "…" })}</span>
        </p>
        {problem && <Strip tone="amber">{withRemedy(problem, remedy)}</Strip>}
        <Snippets schema={schema} accountId={accountId} />
        <div className={css.buttons}>
          <Button variant={received ? "filled" : "default"} onClick={onNext}>
            {received ? t("connect.toAssign") : t("connect.later")}
          </Button>
        </div>
      </div>
    </div>
  );
}
