import { afterEach, expect, test, vi } from "vitest";
import { uuid } from "./uuid.ts";

afterEach(() => void vi.unstubAllGlobals());

test("with and without the browser's own function it is a version 4", () => {
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(uuid()).toMatch(form);
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  expect(new Set(Array.from({ length: 100 }, uuid)).size).toBe(100);
  expect(uuid()).toMatch(form);
});
