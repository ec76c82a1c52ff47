import { expect, test } from "vitest";
import { BLOCKS, moved, orderOf } from "./order.ts";

test("a chosen order holds, and a block that it does not know of follows", () => {
  expect(orderOf("")).toEqual([...BLOCKS]);
  expect(orderOf("source,nonsense,contacts,source")).toEqual(["source", "contacts", "request", "dialogs", "past", "form"]);
});

test("a block passes its neighbour on the screen, over those that are not shown", () => {
  const order = orderOf("");
  expect(moved(order, ["contacts", "past", "source"], "past", -1)).toEqual(["past", "request", "dialogs", "contacts", "form", "source"]);
  expect(moved(order, ["contacts", "past", "source"], "past", 1)).toEqual(["contacts", "request", "dialogs", "source", "form", "past"]);
});

test("the first goes no further up and the last no further down", () => {
  const order = orderOf("");
  expect(moved(order, ["contacts", "source"], "contacts", -1)).toEqual(order);
  expect(moved(order, ["contacts", "source"], "source", 1)).toEqual(order);
});
