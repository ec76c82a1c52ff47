import { create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { AccountHealth } from "../../src/gen/okno/channel/v1/inbound_pb.ts";
import { AccountPhase, type ChannelAccount, ChannelAccountSchema, ChannelAccountService } from "../../src/gen/okno/inbox/v1/channel_account_service_pb.ts";
import { EMAIL, WEBCHAT } from "../gateways.ts";
import { GATEWAY } from "../seed.ts";
import { refuse, stamp, type World } from "../world.ts";
import { onlyAdministrators } from "./employees.ts";
import { nextEtag } from "./org.ts";
import { page } from "./page.ts";

export function channels(router: ConnectRouter, world: World): void {
  const account = (id: string): ChannelAccount => {
    const found = world.accounts.get(id);
    if (!found) throw refuse("ACCOUNT_NOT_FOUND", Code.NotFound);
    return found;
  };
  const bad = (settings: Record<string, string>): boolean => (settings["token"] ?? "").startsWith("000000");
  const [accountId = ""] = world.accounts.keys();
  const letters = [
    { deadLetterId: "d1", accountId, hasOriginal: true, contentType: "application/json", key: "msg:1001|77", reason: "unknown kind: giveaway", receivedAt: stamp(Date.now() - 3_600_000), sizeBytes: 1234n, replayedAt: undefined as ReturnType<typeof stamp> | undefined },
    { deadLetterId: "d2", accountId, hasOriginal: false, key: "msg:1001|78", reason: "unknown kind: story", receivedAt: stamp(Date.now() - 7_200_000), sizeBytes: 2345n, replayedAt: undefined as ReturnType<typeof stamp> | undefined },
  ];
  const described = () => [GATEWAY, WEBCHAT, ...(process.env["MOCK_LETTERS"] ? [EMAIL] : [])];
  router.service(ChannelAccountService, {
    listGateways: () => ({
      gateways: described().map((description) => ({ description, running: true, lastSeenAt: stamp(Date.now()) })),
      demoAvailable: true,
      demoCustomerUrl: world.demoConnected ? "/demo" : "",
    }),
    listChannelAccounts(request) {
      const { items, nextPageToken } = page([...world.accounts.values()].sort((a, b) => byName.compare(a.name, b.name)), request);
      return { accounts: items, nextPageToken };
    },
    getChannelAccount: ({ accountId }) => ({ account: account(accountId) }),
    createChannelAccount({ requestId, account: wanted }, context) {
      onlyAdministrators(world, context);
      if (bad(wanted?.settings ?? {})) throw refuse("PROBE_FAILED", Code.FailedPrecondition, { field: "token", step: "Telegram does not know this token" });
      const made = create(ChannelAccountSchema, {
        accountId: requestId,
        channel: wanted?.channel ?? "",
        name: wanted?.name ?? "",
        enabled: true,
        isRequestSource: true,
        departmentId: wanted?.departmentId ?? "",
        etag: "1",
        reopenWindowHours: 24,
        settings: { ...wanted?.settings, ...(wanted?.settings["token"] ? { token: "••••AAE1" } : {}) },
        createdAt: stamp(Date.now()),
        ownerEmployeeId: wanted?.ownerEmployeeId ?? "",
        status: { health: AccountHealth.CONNECTED, identity: wanted?.channel === "telegram" ? "@example_bot" : (wanted?.settings["sites"] ?? "") },
        capabilities: described().find(({ channel }) => channel === wanted?.channel)?.capabilities ?? GATEWAY.capabilities!,
      });
      world.accounts.set(requestId, made);
      setTimeout(() => {
        if (made.status) made.status.lastEventAt = stamp(Date.now());
        world.event({ what: { case: "channelAccountChanged", value: { accountId: requestId } } });
      }, 4_000);
      return { account: made };
    },
    updateChannelAccount({ account: wanted, updateMask }, context) {
      onlyAdministrators(world, context);
      const found = account(wanted?.accountId ?? "");
      if (!wanted) return {};
      const etag = nextEtag(found, wanted.etag);
      for (const path of updateMask?.paths ?? []) {
        const name = (FIELDS[path] ?? path) as keyof ChannelAccount;
        if (path === "settings") Object.assign(found.settings, wanted.settings, wanted.settings["token"] ? { token: "••••AAE1" } : {});
        else Object.assign(found, { [name]: wanted[name] });
      }
      found.etag = etag;
      if (found.status) found.status.health = found.enabled ? AccountHealth.CONNECTED : AccountHealth.OFF;
      world.event({ what: { case: "channelAccountChanged", value: { accountId: found.accountId } } });
      return { account: found };
    },
    deleteChannelAccount: ({ accountId }) => (world.accounts.delete(accountId), {}),
    // The provider's page is passed over: the browser comes straight back.
    beginConsent: ({ redirectUri }) => ({ authorizeUrl: `${redirectUri}?code=12345678901234567890&state=s1`, state: "s1" }),
    finishConsent({ state, code }) {
      if (code !== "12345678901234567890") throw refuse("INVALID_FIELD", Code.InvalidArgument, { field: "code" });
      return { consent: `consent:${state}` };
    },
    checkSettings({ channel, settings }) {
      if (channel === "email") return { probe: { steps: [{ title: { ru: "Ящик открывается", en: "The mailbox opens" }, passed: true }], identity: settings["address"] ?? "" } };
      if (channel === "webchat") return { probe: { steps: [{ title: { ru: "Адреса сайтов прочитаны", en: "The sites' addresses are read" }, passed: true }], identity: settings["sites"]?.split("\n")[0] ?? "" } };
      const wrong = bad(settings);
      const steps = [
        { title: { ru: "Telegram отвечает", en: "Telegram answers" }, passed: true },
        { title: { ru: "Токен принят", en: "The token is accepted" }, passed: !wrong, problem: { ru: "Telegram не знает такого токена", en: "Telegram does not know this token" }, field: "token" },
      ];
      return { probe: { steps, identity: wrong ? "" : "@example_bot" } };
    },
    connectDemo: () => ((world.demoConnected = true), { account: [...world.accounts.values()][0], customerUrl: "/demo" }),
    getAccountHistory({ accountId }) {
      const { enabled } = account(accountId);
      const now = Date.now();
      const ago = (hours: number) => stamp(now - hours * 3_600_000);
      const problemText = { ru: "Telegram не отвечает", en: "Telegram does not answer" };
      return {
        from: ago(24),
        to: stamp(now),
        spans: [
          { phase: AccountPhase.WORKING, from: ago(24), to: ago(9) },
          { phase: AccountPhase.PROBLEM, from: ago(9), to: ago(8.5), problem: problemText.en, problemText },
          { phase: AccountPhase.WORKING, from: ago(8.5), to: ago(1) },
          { phase: enabled ? AccountPhase.WORKING : AccountPhase.PAUSED, from: ago(1), to: stamp(now) },
        ],
      };
    },
    listDeadLetters: ({ withReplayed }) => ({ deadLetters: letters.filter((letter) => withReplayed || !letter.replayedAt) }),
    getDeadLetterOriginal({ offset }) {
      const whole = new TextEncoder().encode(JSON.stringify({ update_id: 77, giveaway: { winner_count: 3 } }, undefined, 2));
      return { data: whole.slice(Number(offset)), sizeBytes: BigInt(whole.length), contentType: "application/json" };
    },
    replayDeadLetter({ deadLetterId }) {
      const letter = letters.find((one) => one.deadLetterId === deadLetterId);
      if (!letter) throw refuse("DEAD_LETTER_NOT_FOUND", Code.NotFound);
      if (letter.deadLetterId === "d2") throw refuse("DEAD_LETTER_STILL_DEAD", Code.FailedPrecondition, { why: letter.reason });
      letter.replayedAt = stamp(Date.now());
      return {};
    },
  });
}

const byName = new Intl.Collator("ru", { numeric: true });
const FIELDS: Record<string, string> = { is_request_source: "isRequestSource", department_id: "departmentId", schedule_id: "scheduleId", reopen_window_hours: "reopenWindowHours", out_of_hours_text: "outOfHoursText" };
