import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { setLanguage } from "../../i18n/index.ts";
import { amountText, decimalText, readAmount, readDecimal } from "./money.ts";

beforeAll(() => void vi.stubGlobal("document", { documentElement: {} }));
afterEach(() => setLanguage("ru"));

test("amounts are shown to the last digit, however large, in the words of the language", async () => {
  await setLanguage("ru");
  expect(amountText("9999998000000090000.50").replaceAll(/\s/gu, " ")).toBe("9 999 998 000 000 090 000,50");
  expect(amountText("1200000.00").replaceAll(/\s/gu, " ")).toBe("1 200 000");
  expect(decimalText("1.4")).toBe("1,4");
  await setLanguage("en");
  expect(amountText("1200000.05")).toBe("1,200,000.05");
  expect(decimalText("0.0001")).toBe("0.0001");
});

test("numbers are read as people type them, and nothing else is", async () => {
  await setLanguage("ru");
  expect(["1 200 000,5", " 7 ", "0,05", "1\u00a0000.00", "007"].map(readAmount)).toEqual(["1200000.5", "7", "0.05", "1000.00", "007"]);
  expect(["", "-1", "1,005", "1e3", "много", "12345678901234", "1,2,3", ",5"].map(readAmount).filter(Boolean)).toEqual([]);
  expect(readDecimal("1,200", { whole: 4, decimals: 4 })).toBe("1.200");
  await setLanguage("en");
  expect(readAmount("1,200,000.50")).toBe("1200000.50");
});
