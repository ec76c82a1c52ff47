import { expect, test } from "vitest";
import { fileName } from "./bytes.ts";

test("a saved file is called by what it is", () => {
  expect(["message/rfc822", "application/json", "application/json; charset=utf-8", ""].map((type) => fileName("1", type))).toEqual(["1.eml", "1.json", "1.json", "1.bin"]);
});
