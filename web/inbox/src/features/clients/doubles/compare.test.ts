import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AddressKind, ClientSchema, WorkStatus } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { ContactSchema } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import { choicesOf, keptIn, likelyOriginal, linesOf } from "./compare.ts";

const phone = (value: string, display = value) => ({ kind: AddressKind.PHONE, value, display });
const one = create(ClientSchema, { clientId: "1", name: "Пример", inn: "9876543210", comment: "Звонить", addresses: [phone("+79990000001", "+7 999 000-00-01")] });
const two = create(ClientSchema, { clientId: "2", name: "Пример ", inn: "9876543210", comment: "Писать", workStatus: WorkStatus.LOST, addresses: [phone("+79990000001")], tagIds: ["a"], customValues: [{ fieldId: "f", value: { case: "number", value: 5 } }] });
const three = create(ClientSchema, { clientId: "3", name: "Образец", workStatus: WorkStatus.WORKING, tagIds: ["b"], hasPhoto: true, customValues: [{ fieldId: "f", value: { case: "number", value: 7 } }] });

test("only what two of them say differently differs; how it is drawn does not count", () => {
  const lines = linesOf([one, two]);
  expect(lines.filter(({ differ }) => differ).map(({ field }) => field)).toEqual(["comment"]);
  expect(lines.map(({ field }) => field)).toEqual(["comment", "name", "inn", "work_status", "custom_values:f", "addresses", "tag_ids"]);
});

test("one phone that was typed in two ways is one phone", () => {
  const typed = (clientId: string, value: string) => create(ClientSchema, { clientId, name: "Пример", addresses: [{ kind: AddressKind.PHONE, value, key: "79990000001" }] });
  expect(linesOf([typed("1", "+7 999 000-00-01"), typed("2", "8 (999) 000-00-01")]).some(({ differ }) => differ)).toBe(false);
});

test("what differs comes first, lists ask nobody, photos of two always do", () => {
  const lines = linesOf([one, two, three, { ...three, clientId: "4" }]);
  expect(lines.filter(({ differ }) => differ).map(({ field, list }) => `${field}${list ? "+" : ""}`)).toEqual(["name", "work_status", "comment", "custom_values:f", "photo", "tag_ids+"]);
});

test("the value of the one that stays is kept, or the first there is, unless it was chosen", () => {
  const clients = [one, two, three];
  const lines = linesOf(clients);
  const status = lines.find(({ field }) => field === "work_status")!;
  expect(keptIn(status, clients, "1", {})).toBe(1);
  expect(keptIn(status, clients, "3", {})).toBe(2);
  expect(keptIn(status, clients, "3", { work_status: "2" })).toBe(1);
  expect(keptIn(status, clients, "3", { work_status: "1" }), "who has none cannot give it").toBe(2);
  expect(choicesOf(lines, clients, "1", { comment: "2" })).toEqual([
    { field: "name", clientId: "1" },
    { field: "work_status", clientId: "2" },
    { field: "comment", clientId: "2" },
    { field: "custom_values:f", clientId: "2" },
    { field: "inn", clientId: "1" },
  ]);
});

test("the fullest card stays, never an archived one", () => {
  expect(likelyOriginal([one, two, three])).toBe("2");
  expect(likelyOriginal([one, create(ClientSchema, { clientId: "2", name: "Пример", inn: "9876543210", archivedAt: { seconds: 1n } })])).toBe("1");
  expect(likelyOriginal([])).toBe("");
});

test("contacts are compared by their own fields, and a choice names a contact", () => {
  const anna = create(ContactSchema, { contactId: "a", clientId: "1", name: "Орлова Анна", comment: "Утром", positionId: "p", addresses: [phone("+79990000001")] });
  const anya = create(ContactSchema, { contactId: "b", clientId: "2", name: "Орлова Аня", comment: "Вечером", addresses: [phone("+79990000001"), phone("+79990000002")], keyEvents: [{ date: "2026-01-01" }] });
  const lines = linesOf([anna, anya]);
  expect(lines.filter(({ differ }) => differ).map(({ field, list }) => `${field}${list ? "+" : ""}`)).toEqual(["name", "comment", "addresses+"]);
  expect(choicesOf(lines, [anna, anya], "a", { comment: "b" })).toEqual([{ field: "name", contactId: "a" }, { field: "comment", contactId: "b" }]);
  expect(likelyOriginal([anna, anya])).toBe("b");
});
