import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { SettingsFieldKind, SettingsFieldSchema, SettingsSchemaSchema } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { changedSettings, errorOf, initialValues, isComplete } from "./schema.ts";

const field = (kind: SettingsFieldKind, part: { required?: boolean; secret?: boolean; pattern?: string; defaultValue?: string } = {}) => create(SettingsFieldSchema, { name: "f", kind, ...part });

test("in several lines the pattern holds for each that is not empty", () => {
  const hosts = field(SettingsFieldKind.LINES, { pattern: "^[a-z.]+$" });
  expect(errorOf(hosts, "shop.example\n\nwww.shop.example\n", false)).toBeUndefined();
  expect(errorOf(hosts, "shop.example\nhttps://shop", false)).toBe("pattern");
  expect(errorOf(field(SettingsFieldKind.LINES, { required: true }), "\n  \n", false)).toBe("required");
});

test("a colour is #rrggbb, whatever the pattern says", () => {
  const colour = field(SettingsFieldKind.COLOR);
  expect(errorOf(colour, "#1B62cc", false)).toBeUndefined();
  expect(errorOf(colour, "blue", false)).toBe("pattern");
  expect(errorOf(colour, "", false)).toBeUndefined();
});

test("a number is one", () => {
  expect(errorOf(field(SettingsFieldKind.NUMBER), "12", false)).toBeUndefined();
  expect(errorOf(field(SettingsFieldKind.NUMBER), "a dozen", false)).toBe("pattern");
});

test("a kept secret may stay empty, and is not sent", () => {
  const schema = create(SettingsSchemaSchema, { fields: [create(SettingsFieldSchema, { name: "token", secret: true, required: true }), create(SettingsFieldSchema, { name: "mode", defaultValue: "auto" })] });
  expect(isComplete(schema, { token: "", mode: "auto" }, true)).toBe(true);
  expect(isComplete(schema, { token: "", mode: "auto" }, false)).toBe(false);
  expect(changedSettings(schema, { token: "", mode: "auto" })).toEqual({ mode: "auto" });
  expect(initialValues(schema)).toEqual({ token: "", mode: "auto" });
});
