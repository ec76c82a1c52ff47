import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AccountHealth } from "../../gen/okno/channel/v1/inbound_pb.ts";
import { ChannelAccountSchema } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { newTroubles, troublesOf } from "./trouble.ts";

const account = (accountId: string, health: AccountHealth, part: { silent?: boolean; enabled?: boolean } = {}) =>
  create(ChannelAccountSchema, { accountId, name: accountId, channel: "telegram", enabled: part.enabled ?? true, status: { health, silent: part.silent ?? false } });

test("what should work and does not is told, the worst first; what is off is not", () => {
  const all = [
    account("fine", AccountHealth.CONNECTED),
    account("silent", AccountHealth.CONNECTED, { silent: true }),
    account("degraded", AccountHealth.DEGRADED, { silent: true }),
    account("off", AccountHealth.OFF, { enabled: false, silent: true }),
    account("gone", AccountHealth.DISCONNECTED),
  ];
  expect(troublesOf(all).map(({ accountId, kind }) => `${accountId} ${kind}`)).toEqual(["gone disconnected", "degraded degraded", "silent silent"]);
});

test("only what is new or worse is worth a word", () => {
  const before = troublesOf([account("a", AccountHealth.CONNECTED, { silent: true }), account("b", AccountHealth.DISCONNECTED)]);
  const now = troublesOf([account("a", AccountHealth.DEGRADED), account("b", AccountHealth.DEGRADED), account("c", AccountHealth.CONNECTED, { silent: true })]);
  expect(newTroubles(before, now).map(({ accountId }) => accountId)).toEqual(["a", "c"]);
  expect(newTroubles(now, now)).toEqual([]);
});
