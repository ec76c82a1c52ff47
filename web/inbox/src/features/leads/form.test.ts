import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AddressKind, ClientKind } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { LeadSchema } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { emptyForm, errorsOf, formOf, message } from "./form.ts";

test("what a dialog brought is not typed; empty rows do not go", () => {
  const form = formOf(create(LeadSchema, { addresses: [{ kind: AddressKind.PHONE, value: "1", contactPointId: "p" }, { kind: AddressKind.EMAIL, value: " a@example.ru " }, { kind: AddressKind.PHONE, value: " " }] }));
  expect(message(form).addresses).toEqual([{ kind: AddressKind.EMAIL, value: "a@example.ru", isMain: false }]);
});

test("a person is named by any part, a company by its name, one with a dialog needs none", () => {
  const person = emptyForm("e-1");
  expect(person.responsibleEmployeeId).toBe("e-1");
  expect(Object.keys(errorsOf(person))).toEqual(["name"]);
  expect(errorsOf({ ...person, givenName: "Анна" })).toEqual({});
  expect(Object.keys(errorsOf({ ...person, kind: ClientKind.COMPANY, givenName: "Анна" }))).toEqual(["name"]);
  expect(errorsOf(person, true)).toEqual({});
});
