import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AddressKind } from "../../gen/okno/crm/v1/client_service_pb.ts";
import { LeadFormSchema, LeadSchema, LeadVisitSchema } from "../../gen/okno/crm/v1/lead_service_pb.ts";
import { leftOf, typedIn } from "./left.ts";

const visit = (...steps: { leftName?: string; leftPhone?: string; leftEmail?: string }[]) => create(LeadVisitSchema, { steps });
const lead = create(LeadSchema, { name: "Посетитель", surname: "Иванова", givenName: "Анна", addresses: [{ kind: AddressKind.PHONE, value: "8 999 000-00-01", key: "79990000001" }, { kind: AddressKind.EMAIL, value: "Anna@example.com" }] });

test("what was left is told once, the newest first, unless the card has it", () => {
  const visits = [visit({ leftName: "анна" }, { leftName: "Иванова Анна", leftPhone: "+7 999 000-00-01", leftEmail: "anna@example.com" }), visit({ leftPhone: "+7 999 000-00-02", leftName: "анна" }, {})];
  expect(leftOf(lead, typedIn([], visits))).toEqual([{ field: "name", value: "анна" }, { field: "phone", value: "+7 999 000-00-02" }]);
  expect(leftOf(lead, typedIn([], [visit({}, {})]))).toEqual([]);
  expect(leftOf(lead, typedIn([create(LeadFormSchema, { leftPhone: "+7 999 000-00-01", leftEmail: "other@example.com" })], []))).toEqual([{ field: "email", value: "other@example.com" }]);
});
