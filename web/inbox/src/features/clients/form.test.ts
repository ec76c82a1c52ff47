import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AddressKind, ClientKind, ClientSchema } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { CLIENT_FIELDS, emptyForm, errorsOf, fieldOf, formOf, message, pathOf } from "./form.ts";

const company = { ...emptyForm(ClientKind.COMPANY, "me"), name: "ООО «Чай»" };
const phone = (value: string, contactPointId = "") => create(ClientSchema, { addresses: [{ kind: AddressKind.PHONE, value, contactPointId }] }).addresses[0]!;

test("fields are called as the contract calls them, there and back", () => {
  expect(pathOf("responsibleEmployeeId")).toBe("responsible_employee_id");
  for (const field of CLIENT_FIELDS) expect(fieldOf(`client.${pathOf(field)}`, CLIENT_FIELDS)).toBe(field);
  expect(fieldOf("client.addresses[2].value", CLIENT_FIELDS)).toBe("addresses");
  expect(fieldOf("client.etag", CLIENT_FIELDS)).toBeUndefined();
});

test("an address that a dialog brought is not written back, an empty row neither", () => {
  const client = create(ClientSchema, { ...company, addresses: [phone("+7 999 000-00-01", "point"), phone("+7 999 000-00-02"), phone(" ")] });
  const form = formOf(client);
  expect(form.addresses.map(({ value }) => value)).toEqual(["+7 999 000-00-02", " "]);
  expect(message(form).addresses).toMatchObject([{ value: "+7 999 000-00-02" }]);
});

test("a company needs a name, a person any part of one", () => {
  expect(errorsOf({ ...company, name: " " })).toHaveProperty("name");
  expect(errorsOf({ ...emptyForm(ClientKind.PERSON, ""), givenName: "Анна" })).toEqual({});
  expect(errorsOf(emptyForm(ClientKind.PERSON, ""))).toHaveProperty("name");
});

test("numbers of registers are looked at, and whose they are", () => {
  expect(errorsOf({ ...company, inn: "1234567894", ogrn: "1234567890127", kpp: "123456789", okpo: "12345678" })).toEqual({});
  expect(Object.keys(errorsOf({ ...company, inn: "123456789110", ogrn: "1", kpp: "1", okpo: "1", registeredOn: "2026-02-31x" }))).toEqual(["inn", "ogrn", "kpp", "okpo", "registeredOn"]);
});

test("a mail address without a domain, an account without a bank and a span that ends first are refused", () => {
  const wrong = create(ClientSchema, { ...company, addresses: [{ kind: AddressKind.EMAIL, value: "anna@" }], bankAccounts: [{ number: "1" }], extras: [{ name: "Лицензия", startsOn: "2026-02-01", endsOn: "2026-01-01" }] });
  expect(Object.keys(errorsOf(formOf(wrong)))).toEqual(["addresses", "bankAccounts", "extras"]);
});
