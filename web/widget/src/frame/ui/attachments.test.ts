import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { File as Sent, Message, Uploaded } from "../../shared/protocol.ts";
import { hold, preview, release } from "./attachments.ts";

const living = new Set<string>();

beforeEach(() => {
  vi.stubGlobal("URL", {
    createObjectURL: () => {
      const address = `blob:${living.size}-${Math.random()}`;
      living.add(address);
      return address;
    },
    revokeObjectURL: (address: string) => living.delete(address),
  });
});
afterEach(() => {
  release([], []);
  vi.unstubAllGlobals();
});

const uploaded = (upload: string): Uploaded => ({ upload, kind: "image", name: "a.png", mime: "image/png", size: 1, w: 1, h: 1 });
const file = (id: string, url: string): Sent => ({ id, kind: "image", name: "a.png", mime: "image/png", size: 1, url });
const message = (files: Sent[]): Message => ({ id: "m", client: "c", own: false, text: "", at: 1, files });
const entry = (...files: Uploaded[]) => ({ msg: { t: "msg" as const, id: "c", n: 1, at: 1 }, files });

test("a preview lives while its message is on its way and until the server has an address of its own", () => {
  hold(uploaded("u"), new Blob());
  release([], [entry(uploaded("u"))]);
  expect(living).toContain(preview("u"));
  release([message([file("u", "")])], []);
  expect(living).toContain(preview("u"));
  release([message([file("u", "webchat/files/1")])], []);
  expect([preview("u"), living.size]).toEqual([undefined, 0]);
});

test("the server's copy has ids of its own", () => {
  hold(uploaded("u"), new Blob());
  release([message([file("other", "webchat/files/1")])], []);
  expect(living.size).toBe(0);
});

test("after a logout none is left", () => {
  hold(uploaded("u"), new Blob());
  hold(uploaded("v"), new Blob());
  release([], []);
  expect(living.size).toBe(0);
});
