import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type * as Leaving from "./leaving.ts";

let leaving: typeof Leaving;
let page: EventTarget;

/** Does the browser ask when the page is closed or reloaded now? */
const asks = (): boolean => !page.dispatchEvent(new Event("beforeunload", { cancelable: true }));

beforeEach(async () => {
  vi.resetModules();
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  leaving = await import("./leaving.ts");
});
afterEach(() => {
  vi.unstubAllGlobals();
});

test("the browser asks while something would be lost with the page, and only then", () => {
  let holds = true;
  leaving.keepPage(() => false);
  leaving.keepPage(() => holds);
  const off = leaving.watchLeaving();
  expect(asks()).toBe(true);
  holds = false;
  expect(asks()).toBe(false);
  holds = true;
  off();
  expect(asks()).toBe(false);
});

test("what was asked about already is not asked about again", () => {
  leaving.keepPage(() => true);
  leaving.watchLeaving();
  leaving.letPageGo();
  expect(asks()).toBe(false);
});

test("an upload keeps the page until it has ended", async () => {
  let fail = (_: Error): void => undefined;
  vi.doMock("./files.ts", () => ({ files: { createFile: () => new Promise((_, reject) => (fail = reject)) } }));
  vi.stubGlobal("XMLHttpRequest", class {});
  const { upload, uploadsRunning } = await import("./upload.ts");
  leaving.watchLeaving();
  const { done } = upload(new File(["x"], "x.txt"), () => undefined);
  await vi.waitFor(() => expect(asks()).toBe(true));
  await vi.dynamicImportSettled();
  fail(new Error("gone"));
  await expect(done).rejects.toThrow("gone");
  expect(uploadsRunning()).toBe(0);
  expect(asks()).toBe(false);
});
