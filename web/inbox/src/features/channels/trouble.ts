import { AccountHealth } from "../../gen/okno/channel/v1/inbound_pb.ts";
import type { ChannelAccount } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { type Key, t } from "../../i18n/index.ts";
import { problemWords } from "./problem.ts";

/** What needs a look; the worst of it when there are several. */
export type TroubleKind = "disconnected" | "degraded" | "silent";
export type Trouble = { accountId: string; name: string; channel: string; kind: TroubleKind; problem: string };

/** Accounts that should work and do not, the worst first. One that is switched off is none. */
export function troublesOf(accounts: readonly ChannelAccount[]): Trouble[] {
  const found = accounts.flatMap((account): Trouble[] => {
    const kind = kindOf(account);
    return kind ? [{ accountId: account.accountId, name: account.name, channel: account.channel, kind, problem: problemWords(account.status) }] : [];
  });
  return found.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** What was not there before, or has got worse: what is worth a word. */
export function newTroubles(before: readonly Trouble[], now: readonly Trouble[]): Trouble[] {
  const known = new Map(before.map((trouble) => [trouble.accountId, ORDER.indexOf(trouble.kind)]));
  return now.filter((trouble) => ORDER.indexOf(trouble.kind) < (known.get(trouble.accountId) ?? ORDER.length));
}

const ORDER: readonly TroubleKind[] = ["disconnected", "degraded", "silent"];

function kindOf({ enabled, status }: ChannelAccount): TroubleKind | undefined {
  if (!enabled || !status) return undefined;
  if (status.health === AccountHealth.DISCONNECTED) return "disconnected";
  if (status.health === AccountHealth.DEGRADED) return "degraded";
  return status.silent ? "silent" : undefined;
}

const SAID: Record<TroubleKind, Key> = { disconnected: "alarm.disconnected", degraded: "alarm.degraded", silent: "alarm.silent" };

export function troubleText({ name, kind }: Trouble): string {
  return t(SAID[kind], { name });
}
