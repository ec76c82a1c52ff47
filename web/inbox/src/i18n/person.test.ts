import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ConversationSchema } from "../gen/okno/inbox/v1/conversation_pb.ts";
import { nameOf } from "./person.ts";

const named = (person: { clientName?: string; displayName?: string; address?: string }): string => nameOf(create(ConversationSchema, { person }));

test("a person is called by the client's name, by their own, or by an address that can be read", () => {
  expect(named({ clientName: "Анна", displayName: "anna", address: "1" })).toBe("Анна");
  expect(named({ displayName: "anna", address: "1" })).toBe("anna");
  expect(named({ address: "+70000000001" })).toBe("+70000000001");
  expect(named({})).toBe("—");
});

test("who has only a drawn address is a visitor, and two of them are not mixed up", () => {
  expect(named({ address: "v-01a218ae-a2e7-72a3-9822-9884d7f0c001" })).toMatch(/.+ c001$/u);
  expect(named({ address: "v-01a218ae-a2e7-72a3-9822-9884d7f0c002" })).toMatch(/.+ c002$/u);
});
