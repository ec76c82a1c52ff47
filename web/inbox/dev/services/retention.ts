import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { RetentionCountSchema, type RetentionRule, RetentionRuleSchema, RetentionRunSchema, RetentionService } from "../../src/gen/okno/inbox/v1/retention_service_pb.ts";
import { refuse, stamp, type World } from "../world.ts";
import { onlyAdministrators } from "./employees.ts";

/** Rules of how long messages are kept, over counts that are made up; a run is over at the second look. */
export function retention(router: ConnectRouter, world: World): void {
  const rules: RetentionRule[] = [];
  const takes = (months: number) => create(RetentionCountSchema, months > 60 ? {} : { messages: BigInt(6_000 - months * 90), conversations: 214n, files: 380n });
  const isOf = (channel: string, accountId: string) => (rule: RetentionRule) => rule.channel === channel && rule.accountId === accountId;
  router.service(RetentionService, {
    listRetentionRules(_, context) {
      onlyAdministrators(world, context);
      const shown = rules.map((rule) => create(RetentionRuleSchema, rule));
      for (const rule of rules.filter(({ months }) => months > 0)) {
        if (!rule.lastRun) rule.lastRun = create(RetentionRunSchema, { startedAt: stamp(Date.now()), erased: create(RetentionCountSchema, { messages: 300n, files: 12n }) });
        else if (!rule.lastRun.endedAt) Object.assign(rule.lastRun, { endedAt: stamp(Date.now()), erased: takes(rule.months) });
      }
      return { rules: shown };
    },
    previewRetention({ months }, context) {
      onlyAdministrators(world, context);
      return { count: takes(months) };
    },
    setRetentionRule({ rule, messagesSeen, asChannel }, context) {
      onlyAdministrators(world, context);
      if (!rule) throw new ConnectError("a rule is missing", Code.InvalidArgument);
      const before = rules.find(isOf(rule.channel, rule.accountId));
      if ((before?.etag ?? "") !== rule.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      const months = asChannel ? (rules.find(isOf(rule.channel, ""))?.months ?? 0) : rule.months;
      const messages = takes(months).messages;
      if (months > 0 && messages !== messagesSeen) throw refuse("RETENTION_COUNT_CHANGED", Code.FailedPrecondition, { messages: String(messages) });
      if (before) rules.splice(rules.indexOf(before), 1);
      if (asChannel) return {};
      const set = create(RetentionRuleSchema, { channel: rule.channel, accountId: rule.accountId, months: rule.months, etag: `r${Number((before?.etag ?? "r0").slice(1)) + 1}`, setByEmployeeId: world.caller(context).employeeId, setAt: stamp(Date.now()) });
      rules.push(set);
      return { rule: set };
    },
  });
}
