import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { MailVerdictSchema } from "../../../gen/okno/channel/v1/content_pb.ts";
import { proofsOf, unproven } from "./verdicts.ts";

const failed = (...said: [string, string][]): string[] => unproven(proofsOf(said.map(([method, result]) => create(MailVerdictSchema, { method, result })))).map(({ method }) => method);

test("DMARC decides, and one good signature is enough without it", () => {
  expect(failed(["spf", "fail"], ["dkim", "pass"], ["dmarc", "pass"])).toEqual([]);
  expect(failed(["spf", "pass"], ["dkim", "fail"], ["dmarc", "fail"])).toEqual(["DMARC"]);
  expect(failed(["spf", "softfail"], ["dkim", "fail"], ["dkim", "pass"])).toEqual([]);
  expect(failed(["spf", "softfail"], ["dkim", "none"], ["dmarc", "none"])).toEqual(["SPF"]);
  expect(failed()).toEqual([]);
});

test("of several signatures the best one counts", () => {
  const proofs = proofsOf([create(MailVerdictSchema, { method: "dkim", result: "fail" }), create(MailVerdictSchema, { method: "DKIM", result: "pass", domain: "example.com" })]);
  expect(proofs).toEqual([{ method: "DKIM", result: "pass", domain: "example.com", good: true, bad: false }]);
});
