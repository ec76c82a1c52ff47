import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AttachmentKind } from "../../../gen/okno/channel/v1/content_pb.ts";
import { CapabilitiesSchema, TextUnit } from "../../../gen/okno/channel/v1/gateway_pb.ts";
import { EmployeeSchema } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { lengthOf, partsOf } from "./length.ts";
import { fitting, refusalOf } from "./limits.ts";
import { insertMention, mentionChoices, mentionedIn, mentionQuery } from "./mentions.ts";

const MB = 1024 * 1024;

test("a text is as long as the channel counts it", () => {
  expect(lengthOf("ё👍", TextUnit.UTF16)).toBe(3);
  expect(lengthOf("ё👍", TextUnit.CODE_POINTS)).toBe(2);
  expect(lengthOf("ё👍", TextUnit.BYTES)).toBe(6);
  const capabilities = create(CapabilitiesSchema, { textLimit: 10, textUnit: TextUnit.UTF16 });
  expect([partsOf("", capabilities), partsOf("a".repeat(10), capabilities), partsOf("a".repeat(21), capabilities)]).toEqual([1, 1, 3]);
});

test("a picture that is too large as a picture may go as a document", () => {
  const capabilities = create(CapabilitiesSchema, {
    media: [
      { kind: AttachmentKind.IMAGE, maxBytes: BigInt(10 * MB) },
      { kind: AttachmentKind.DOCUMENT, maxBytes: BigInt(50 * MB) },
    ],
  });
  expect(refusalOf({ type: "image/png", size: 20 * MB }, capabilities)).toBeUndefined();
  expect(refusalOf({ type: "image/png", size: 60 * MB }, capabilities)).toEqual({ why: "too-large", limit: 50 * MB });
  expect(refusalOf({ type: "text/plain", size: 200 * MB }, capabilities)?.why).toBe("too-large-here");
  expect(refusalOf({ type: "video/mp4", size: 1 }, create(CapabilitiesSchema, { media: [{ kind: AttachmentKind.IMAGE }] }))).toEqual({ why: "kind" });
});

test("a mention is found while it is typed, in either layout, and in the finished note", () => {
  const employees = [create(EmployeeSchema, { employeeId: "1", name: "Оператор 1" }), create(EmployeeSchema, { employeeId: "2", name: "Руководитель 1" })];
  expect(mentionQuery("спросите @Опер", 14)).toBe("Опер");
  expect(mentionQuery("почта a@b", 9)).toBeUndefined();
  expect(mentionChoices("jgth", employees).map((employee) => employee.employeeId)).toEqual(["1"]);
  const note = insertMention("спросите @Опер", 14, "Опер", "Оператор 1");
  expect(note).toEqual({ text: "спросите @Оператор 1 ", caret: 21 });
  expect(mentionedIn(note.text, employees)).toEqual(["1"]);
});

test("only so many files go with one message, and those that do not are named", () => {
  const chosen = Array.from({ length: 5 }, (_, index) => `${index}`);
  expect(fitting(chosen, 17)).toEqual({ fits: ["0", "1", "2"], over: ["3", "4"] });
  expect(fitting(chosen, 0).over).toEqual([]);
  expect(fitting(chosen, 23)).toEqual({ fits: [], over: chosen });
});
