import { IconAlertTriangleFilled, IconCircle, IconCircleFilled, IconSquareFilled } from "@tabler/icons-react";
import { AccountHealth } from "../../gen/okno/channel/v1/inbound_pb.ts";
import type { ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { type Key, t } from "../../i18n/index.ts";
import { Chip, type Tone } from "../../ui/Chip.tsx";

const LOOKS: Record<AccountHealth, [Key, Tone, typeof IconCircle]> = {
  [AccountHealth.UNSPECIFIED]: ["health.unknown", "gray", IconCircle],
  [AccountHealth.CONNECTED]: ["health.connected", "green", IconCircleFilled],
  [AccountHealth.DEGRADED]: ["health.degraded", "amber", IconAlertTriangleFilled],
  [AccountHealth.DISCONNECTED]: ["health.disconnected", "red", IconSquareFilled],
  [AccountHealth.OFF]: ["health.off", "gray", IconCircle],
};

/** How an account is: a shape, a word, a colour. */
export function Health({ account }: { account: ChannelAccount }) {
  const health = account.enabled ? (account.status?.health ?? AccountHealth.UNSPECIFIED) : AccountHealth.OFF;
  const [key, tone, Icon] = LOOKS[health] ?? LOOKS[AccountHealth.UNSPECIFIED];
  return (
    <Chip tone={tone} icon={<Icon size={10} aria-hidden="true" />}>
      {t(key)}
    </Chip>
  );
}
