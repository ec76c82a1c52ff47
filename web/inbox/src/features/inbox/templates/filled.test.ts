import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ChannelTemplateSchema } from "../../../gen/okno/channel/v1/template_pb.ts";
import { gaps, pieces, prefilled, readAs } from "./filled.ts";

const template = create(ChannelTemplateSchema, {
  name: "order_ready",
  headerText: "Заказ {{header.1}}",
  body: "{{body.1}}, заказ {{ header.1 }} ждёт. {{не место}}",
  footer: "Магазин",
  variables: [
    { name: "header.1", limit: 5 },
    { name: "body.1" },
  ],
});

test("values stand in their places and are never read as places", () => {
  expect(readAs(template, { "header.1": "{{body.1}}", "body.1": "Анна" })).toBe("Заказ {{body.1}}\n\nАнна, заказ {{body.1}} ждёт. {{не место}}\n\nМагазин");
});

test("an empty place keeps its name, so that it can be marked", () => {
  expect(pieces("{{a}} и", new Set(["a"]), {})).toEqual([{ text: "", variable: "a" }, { text: " и" }]);
});

test("what is empty or too long is a gap", () => {
  expect(gaps(template, { "header.1": " " })).toEqual(["header.1", "body.1"]);
  expect(gaps(template, { "header.1": "123456", "body.1": "Анна" })).toEqual(["header.1"]);
  expect(gaps(template, { "header.1": "12345", "body.1": "Анна" })).toEqual([]);
});

test("the first place of the text gets the first name of the person", () => {
  expect(prefilled(template, "Анна Ким")).toEqual({ "body.1": "Анна" });
  expect(prefilled(template, "")).toEqual({});
});
