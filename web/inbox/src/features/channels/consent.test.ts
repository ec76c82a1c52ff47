import { expect, test } from "vitest";
import { backFrom } from "./consent.ts";

test("a code of digits comes back as it was sent", () => {
  expect(backFrom("?code=12345678901234567890&state=a-b_c")).toEqual({ code: "12345678901234567890", state: "a-b_c", error: "" });
});

test("a refusal says why", () => {
  expect(backFrom("?error=access_denied&state=s")).toEqual({ code: "", state: "s", error: "access_denied" });
});
