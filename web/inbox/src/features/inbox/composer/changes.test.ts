import { beforeEach, expect, test, vi } from "vitest";
import type { Problem } from "../../../rpc/errors.ts";
import type * as Changes from "./changes.ts";

const messages = vi.hoisted(() => ({ edit: vi.fn() }));
vi.mock("../messages.ts", () => messages);
let seen: (messageId: string) => Changes.Change | undefined;
vi.mock("react", () => ({ useSyncExternalStore: <T>(_: unknown, read: () => T): T => read() }));

const offline = { reason: "UNAVAILABLE" } as Problem;
let changes: typeof Changes;

beforeEach(async () => {
  vi.resetModules();
  messages.edit.mockReset();
  changes = await import("./changes.ts");
  seen = changes.useChange;
});

test("new words that the server did not take are kept, and can be saved again", async () => {
  messages.edit.mockResolvedValueOnce(offline).mockResolvedValueOnce(undefined);
  changes.writeChange("m", "better ");
  expect(await changes.saveChange("m", "better ")).toBe(offline);
  expect(seen("m")).toEqual({ text: "better ", saving: false });
  expect(await changes.saveChange("m", "better ")).toBe("saved");
  expect(messages.edit.mock.calls).toEqual([["m", "better"], ["m", "better"]]);
  expect(seen("m")).toBeUndefined();
});

test("what is written while the change is saved stays in the field", async () => {
  let answer = (): void => undefined;
  messages.edit.mockReturnValueOnce(new Promise<undefined>((resolve) => (answer = () => resolve(undefined))));
  const saving = changes.saveChange("m", "better");
  expect(seen("m")?.saving).toBe(true);
  changes.writeChange("m", "better still");
  answer();
  expect(await saving).toBe("kept");
  expect(seen("m")).toEqual({ text: "better still", saving: false });
});

test("a change that was given up while it was saved does not come back", async () => {
  messages.edit.mockResolvedValueOnce(offline);
  const saving = changes.saveChange("m", "better");
  changes.dropChange("m");
  await saving;
  expect(seen("m")).toBeUndefined();
});
