import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { PotentialPeriod, PotentialSettingsSchema } from "../../../gen/okno/crm/v1/potential_service_pb.ts";
import { changedFields } from "../../../ui/form/rebase.ts";
import { errorsOf } from "./byHand.ts";
import { COMPANY, formOf, inherited, isRight, ownOf, placeOf, request, weightKey, tidied, withWeight } from "./rules.ts";

const settings = create(PotentialSettingsSchema, {
  etag: "7",
  period: PotentialPeriod.YEAR,
  fields: ["segment_id", "importance"],
  departments: [
    { departmentId: "", baseAmount: "1000.00", weights: [{ field: "segment_id", value: "s", weight: "1.4" }] },
    { departmentId: "sales", weights: [{ field: "importance", value: "4", weight: "2" }] },
  ],
});
const units = ["root", "sales", "south"];

test("what is changed goes, each department whole, and what is taken back is no change", () => {
  const form = formOf(settings, units);
  expect(ownOf(form, COMPANY)).toEqual({ base: "1 000".replace(" ", "\u00a0"), weights: { "segment_id s": "1,4" } });
  const typed = withWeight(ownOf(form, "south"), weightKey("segment_id", "s"), "0,5");
  const next = { ...form, [placeOf("south")]: { ...typed, base: "2 000,5" } };
  expect(request("7", next, changedFields(form, next))).toEqual({
    settings: { etag: "7", period: PotentialPeriod.YEAR, fields: ["segment_id", "importance"], departments: [{ departmentId: "south", baseAmount: "2000.5", weights: [{ field: "segment_id", value: "s", weight: "0.5" }] }] },
    updateMask: { paths: ["departments"] },
  });
  const back = { ...next, [placeOf("south")]: { ...withWeight(typed, weightKey("segment_id", "s"), " "), base: "" } };
  expect(changedFields(form, back)).toEqual([]);
  const cleared = { ...form, [placeOf("sales")]: withWeight(ownOf(form, "sales"), weightKey("importance", "4"), ""), period: PotentialPeriod.MONTH };
  expect(request("7", cleared, changedFields(form, cleared))).toMatchObject({ settings: { departments: [{ departmentId: "sales", weights: [] }] }, updateMask: { paths: ["period", "departments"] } });
});

test("what is saved is no change, however it was typed", () => {
  const base = formOf(settings, units);
  const typed = { ...base, [placeOf(COMPANY)]: { base: "01000.0", weights: { "segment_id s": " 1.40" } } };
  expect(tidied(typed, changedFields(base, typed))).toEqual(base);
});

test("each thing comes from the nearest that has it", () => {
  const form = formOf(settings, units);
  const above = ["sales", "root", COMPANY];
  expect(inherited(form, above, (own) => own.weights["importance 4"])).toEqual({ text: "2", from: "sales" });
  expect(inherited(form, above, (own) => own.base)?.from).toBe(COMPANY);
  expect(inherited(form, above, (own) => own.weights["importance 1"])).toBeUndefined();
});

test("what the server would refuse is said before", () => {
  const own = (base: string, weight = "1") => ({ base, weights: { "importance 1": weight } });
  expect([own(""), own("0"), own("1 000,50", "0,0001"), own("1", "1000")].every(isRight)).toBe(true);
  expect([own("-1"), own("1,005"), own("1", "1000,1"), own("1", "1,00001"), own("1", "x")].some(isRight)).toBe(false);
});

test("an amount by hand has a reason and a day that is not over", () => {
  const now = Date.parse("2026-11-27T22:00:00Z");
  const good = { amount: "500", endsOn: "2026-11-27", reason: "по договору" };
  expect(errorsOf(good, now)).toEqual({});
  expect(errorsOf({ amount: "x", endsOn: "2026-11-26", reason: " " }, now)).toEqual({ amount: "potential.wrong.amount", endsOn: "potential.wrong.day", reason: "form.required" });
  expect(Object.keys(errorsOf({ ...good, endsOn: "2037-01-01" }, now))).toEqual(["endsOn"]);
});
