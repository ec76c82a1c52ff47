import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { AccountPhase, AccountSpanSchema } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { needTexts, setLanguage, t } from "../../i18n/index.ts";
import { startAndEnd, stretches, sumUp, total } from "./history.ts";
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

test("a day of which nothing is known is not one without failures", async () => {
  vi.stubGlobal("document", { documentElement: { lang: "" } });
  await needTexts("settings");
  await setLanguage("ru");
  const unknown = span(AccountPhase.UNSPECIFIED, 0, 60);
  expect(sumUp([])).toBe(t("history.nothingKnown"));
  expect(sumUp(stretches([unknown]))).toBe(t("history.nothingKnown"));
  expect(sumUp(stretches([unknown, span(AccountPhase.WORKING, 60, 90)]))).toBe(t("history.noTrouble"));
});

test("times of another day say which", async () => {
  vi.stubGlobal("document", { documentElement: { lang: "" } });
  await setLanguage("ru");
  const at = (day: number, hours: number, minutes: number): number => new Date(2026, 10, day, hours, minutes).getTime();
  const told = (from: number, to: number): string[] => startAndEnd({ phase: AccountPhase.WORKING, from, to, span: create(AccountSpanSchema) }, at(24, 12, 0));
  expect(told(at(24, 9, 0), at(24, 9, 30))).toEqual(["09:00", "09:30"]);
  expect(told(at(23, 23, 50), at(24, 0, 10))).toEqual(["вчера 23:50", "00:10"]);
  expect(told(at(23, 9, 0), at(23, 9, 30))).toEqual(["вчера 09:00", "09:30"]);
});
