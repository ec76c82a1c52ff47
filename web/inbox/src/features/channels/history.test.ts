import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { AccountPhase, AccountSpanSchema } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { setLanguage } from "../../i18n/index.ts";
import { stretches, total } from "./history.ts";
import { problemWords } from "./problem.ts";

const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });
const span = (phase: AccountPhase, from: number, to: number) => create(AccountSpanSchema, { phase, from: at(from), to: at(to) });

test("spans that took no time are left out, the others are summed by what they were", () => {
  const all = stretches([span(AccountPhase.WORKING, 0, 60), span(AccountPhase.PROBLEM, 60, 60), span(AccountPhase.PROBLEM, 60, 90), span(AccountPhase.PAUSED, 90, 100), span(AccountPhase.PROBLEM, 100, 110)]);
  expect(all.map(({ phase, from, to }) => [phase, from, to])).toEqual([
    [AccountPhase.WORKING, 0, 60_000],
    [AccountPhase.PROBLEM, 60_000, 90_000],
    [AccountPhase.PAUSED, 90_000, 100_000],
    [AccountPhase.PROBLEM, 100_000, 110_000],
  ]);
  expect(total(all, AccountPhase.PROBLEM)).toBe(40_000);
});

test("a problem is said in the reader's language where there are words of ours, else as the provider said it", async () => {
  const said = create(AccountSpanSchema, { problem: "the token is refused", problemText: { ru: "токен не принят", en: "the token is refused" } });
  vi.stubGlobal("document", { documentElement: { lang: "" } });
  await setLanguage("en");
  expect(problemWords(said)).toBe("the token is refused");
  await setLanguage("ru");
  expect(problemWords(said)).toBe("токен не принят");
  expect(problemWords({ problem: "Unauthorized" })).toBe("Unauthorized");
});
