import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { File, Message } from "../../shared/protocol.ts";
import { Renewal } from "./renewal.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const file = (id: string, url = `old/${id}`): File => ({ id, kind: "image", name: "", mime: "image/png", size: 1, url });
const said = (id: string, ...files: File[]): Message => ({ id, own: true, text: "", at: 1, files });

function world(list: Message[]) {
  const asked: (string | undefined)[] = [];
  const here = { list, online: true };
  const renewal = new Renewal(() => here.list, (before) => (here.online && asked.push(before), here.online));
  return { renewal, asked, here };
}

test("asks for the page that ends with the message, or for the newest, one at a time", () => {
  const { renewal, asked, here } = world([said("a", file("1"), file("2")), said("b", file("3")), said("c", file("4"))]);
  for (const id of ["1", "2", "4", "3"]) renewal.want(file(id));
  expect(asked).toEqual(["b"]);
  renewal.answered();
  expect(asked).toEqual(["b", undefined]);
  // That answer had the third as well.
  here.list = [said("a", file("1", "new"), file("2", "new")), said("b", file("3", "new")), said("c", file("4", "new"))];
  renewal.answered();
  expect(asked).toEqual(["b", undefined]);
});

test("without a line it waits for one", () => {
  const { renewal, asked, here } = world([said("a", file("1"))]);
  here.online = false;
  renewal.want(file("1"));
  here.online = true;
  renewal.answered();
  expect(asked).toEqual([undefined]);
});

test("a file that is spoiled is not asked for again and again", () => {
  const { renewal, asked, here } = world([said("a", file("1"))]);
  renewal.want(file("1"));
  here.list = [said("a", file("1", "new"))];
  renewal.answered();
  renewal.want(file("1", "new"));
  expect(asked).toHaveLength(1);
  vi.advanceTimersByTime(3_600_000);
  renewal.want(file("1", "new"));
  expect(asked).toHaveLength(2);
});
