import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { LeadScoreCondition, LeadSettingsSchema } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { areMonths, blankRule, faultOf, formOf, message, moved } from "./rules.ts";

test("what was stored goes back as it was", () => {
  const stored = { eraseAfterMonths: 12, keepVisitsMonths: 6, scoreRules: [{ name: "Счёт", points: -5, condition: LeadScoreCondition.COMMENT, values: ["счёт", "договор"], atLeast: 0, negated: true, withinDays: 0, call: false }, { name: "Молчит", points: 3, condition: LeadScoreCondition.SILENT_DAYS, values: [], atLeast: 3, atMost: 0, negated: false, withinDays: 0, call: false }, { name: "Цены", points: 30, condition: LeadScoreCondition.PAGE_VIEWS, values: ["/prices"], atLeast: 3, negated: false, withinDays: 7, call: true }] };
  expect(message(formOf(create(LeadSettingsSchema, stored)))).toEqual(stored);
});

test("what the condition does not take is not sent", () => {
  const rule = { ...blankRule(), name: "Телефон", values: "a, b", atLeast: "3", atMost: "9" };
  expect(message({ scoreRules: [{ ...rule, call: true }], eraseAfterMonths: "", keepVisitsMonths: "6" })).toEqual({ eraseAfterMonths: 0, keepVisitsMonths: 6, scoreRules: [{ name: "Телефон", points: 10, condition: LeadScoreCondition.HAS_PHONE, values: [], atLeast: 0, negated: false, withinDays: 0, call: false }] });
});

test("a rule says what is wrong with it", () => {
  const rule = { ...blankRule(), name: "Правило" };
  expect(faultOf(rule)).toBeUndefined();
  expect(faultOf({ ...rule, name: " " })).toBe("name");
  expect(faultOf({ ...rule, points: "1001" })).toBe("points");
  expect(faultOf({ ...rule, points: "" })).toBe("points");
  expect(faultOf({ ...rule, condition: LeadScoreCondition.SOURCE, values: " , " })).toBe("values");
  expect(faultOf({ ...rule, condition: LeadScoreCondition.AGE_DAYS, atLeast: "9", atMost: "3" })).toBe("days");
  const pages = { ...rule, condition: LeadScoreCondition.PAGE_VIEWS, values: "/prices", atLeast: "3", call: true };
  expect(faultOf(pages)).toBeUndefined();
  expect(faultOf({ ...pages, withinDays: "" })).toBe("within");
  expect(faultOf({ ...pages, atLeast: "" })).toBe("call");
  expect(faultOf({ ...pages, condition: LeadScoreCondition.FORMS_SENT, values: "" })).toBeUndefined();
});

test("rows move within the list only; months are 1 to 120, or 0 for never", () => {
  expect(moved(["a", "b", "c"], 2, 1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
  expect(moved(["a", "b"], 1, 2)).toEqual(["a", "b"]);
  expect([areMonths("0"), areMonths("0", 1), areMonths("120"), areMonths("121"), areMonths("")]).toEqual([true, false, true, false, false]);
});
