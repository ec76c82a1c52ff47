import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { AccountHealth } from "../../src/gen/okno/channel/v1/inbound_pb.ts";
import { type ChannelAccount, ChannelAccountSchema, ChannelAccountService } from "../../src/gen/okno/inbox/v1/channel_account_service_pb.ts";
import { GATEWAY } from "../seed.ts";
import { refuse, stamp, type World } from "../world.ts";

export function channels(router: ConnectRouter, world: World): void {
  const account = (id: string): ChannelAccount => {
    const found = world.accounts.get(id);
    if (!found) throw refuse("ACCOUNT_NOT_FOUND", Code.NotFound);
    return found;
  };
  const bad = (settings: Record<string, string>): boolean => (settings["token"] ?? "").startsWith("000000");
  router.service(ChannelAccountService, {
    listGateways: () => ({ gateways: [{ description: GATEWAY, running: true, lastSeenAt: stamp(Date.now()) }], demoAvailable: true }),
    listChannelAccounts: () => ({ accounts: [...world.accounts.values()] }),
    getChannelAccount: ({ accountId }) => ({ account: account(accountId) }),
    createChannelAccount({ requestId, account: wanted }) {
      if (bad(wanted?.settings ?? {})) throw refuse("PROBE_FAILED", Code.FailedPrecondition, { field: "token" });
      const made = create(ChannelAccountSchema, {
        accountId: requestId,
        channel: wanted?.channel ?? "",
        name: wanted?.name ?? "",
        enabled: true,
        isRequestSource: true,
        departmentId: wanted?.departmentId ?? "",
        etag: "1",
        reopenWindowHours: 24,
        settings: { receive: "auto", token: "••••AAE1" },
        status: { health: AccountHealth.CONNECTED, identity: "@example_bot" },
        capabilities: GATEWAY.capabilities!,
      });
      world.accounts.set(requestId, made);
      setTimeout(() => {
        if (made.status) made.status.lastEventAt = stamp(Date.now());
        world.event({ what: { case: "channelAccountChanged", value: { accountId: requestId } } });
      }, 4_000);
      return { account: made };
    },
    updateChannelAccount({ account: wanted, updateMask }) {
      const found = account(wanted?.accountId ?? "");
      if (wanted?.etag !== found.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const paths = new Set(updateMask?.paths);
      if (wanted && paths.has("name")) {
        Object.assign(found, { name: wanted.name, enabled: wanted.enabled, isRequestSource: wanted.isRequestSource, assignment: wanted.assignment, departmentId: wanted.departmentId, reopenWindowHours: wanted.reopenWindowHours });
      }
      found.etag = String(Number(found.etag) + 1);
      return { account: found };
    },
    deleteChannelAccount: ({ accountId }) => (world.accounts.delete(accountId), {}),
    checkSettings({ settings }) {
      const wrong = bad(settings);
      const steps = [
        { title: { ru: "Telegram отвечает", en: "Telegram answers" }, passed: true },
        { title: { ru: "Токен принят", en: "The token is accepted" }, passed: !wrong, problem: { ru: "Telegram не знает такого токена", en: "Telegram does not know this token" }, field: "token" },
      ];
      return { probe: { steps, identity: wrong ? "" : "@example_bot" } };
    },
    connectDemo: () => ({ account: [...world.accounts.values()][0], customerUrl: "/demo" }),
    listDeadLetters: () => ({ deadLetters: [{ deadLetterId: "d1", reason: "unknown kind: giveaway", receivedAt: stamp(Date.now() - 3_600_000), sizeBytes: 1234n }] }),
    replayDeadLetter: () => ({}),
  });
}
