import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { MatchRule } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { MatchSettingsSchema, MatchStrength } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { isTelling } from "./ask.ts";
import { CLIENT_RULES, formOf, message, withStrength } from "./rules.ts";

const settings = create(MatchSettingsSchema, {
  etag: "3",
  clientRules: [{ rule: MatchRule.NAME, strength: MatchStrength.MEDIUM }, { rule: MatchRule.INN, strength: MatchStrength.HARD }],
  contactRules: [{ rule: MatchRule.PHONE, strength: MatchStrength.STRONG }],
  sharedAddresses: ["79990000000", "info@example.com"],
  checkOnCreate: true,
  checkContactsOnCreate: true,
});

test("settings become a form and come back; blank lines of the stop list go", () => {
  const form = formOf(settings);
  expect(form).toEqual({ clientRules: { [MatchRule.INN]: MatchStrength.HARD, [MatchRule.NAME]: MatchStrength.MEDIUM }, contactRules: { [MatchRule.PHONE]: MatchStrength.STRONG }, sharedAddresses: "79990000000\ninfo@example.com", checkOnCreate: true, checkContactsOnCreate: true });
  const sent = message({ ...form, sharedAddresses: " +7 999 000-00-00 \n\ninfo@example.com\n" }, "3");
  expect(sent.checkContactsOnCreate).toBe(true);
  expect(sent.sharedAddresses).toEqual(["+7 999 000-00-00", "info@example.com"]);
  expect(sent.clientRules).toEqual([{ rule: MatchRule.INN, strength: MatchStrength.HARD }, { rule: MatchRule.NAME, strength: MatchStrength.MEDIUM }]);
});

test("a rule is switched on and off", () => {
  const { clientRules } = formOf(settings);
  expect(withStrength(clientRules, CLIENT_RULES, MatchRule.INN, MatchStrength.UNSPECIFIED)).toEqual({ [MatchRule.NAME]: MatchStrength.MEDIUM });
  expect(withStrength(clientRules, CLIENT_RULES, MatchRule.PHONE, MatchStrength.WEAK)[MatchRule.PHONE]).toBe(MatchStrength.WEAK);
});

test("only what tells clients apart asks for doubles", () => {
  expect(isTelling(["comment", "tagIds"])).toBe(false);
  expect(isTelling(["comment", "addresses"])).toBe(true);
});
