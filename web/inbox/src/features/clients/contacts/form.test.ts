import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ContactSchema, ContactState } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import { emptyForm, errorsOf, formOf, message } from "./form.ts";

test("one part of a name is enough, none is not", () => {
  expect(errorsOf({ ...emptyForm(), givenName: "Вера" })).toEqual({});
  expect(errorsOf(emptyForm())).toHaveProperty("surname");
});

test("who is not said to have left works there", () => {
  expect(formOf(create(ContactSchema)).state).toBe(ContactState.WORKS);
});

test("a link that ends before it begins and a day to remember without its day are refused; an empty one is dropped", () => {
  const wrong = formOf(create(ContactSchema, { surname: "Ли", linkedFrom: "2026-02-01", linkedUntil: "2026-01-01", keyEvents: [{ comment: "юбилей" }] }));
  expect(Object.keys(errorsOf(wrong))).toEqual(["linkedUntil", "keyEvents"]);
  expect(message({ ...emptyForm(), keyEvents: formOf(create(ContactSchema, { keyEvents: [{}] })).keyEvents }).keyEvents).toEqual([]);
});
