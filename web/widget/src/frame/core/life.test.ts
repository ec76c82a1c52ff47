import { expect, test } from "vitest";
import { Life } from "./life.ts";

test("what was on its way before a logout is of a former life", () => {
  const [here, there] = [new Life(100), new Life(100)];
  const said = there.at;
  here.end(500);
  expect(here.kin(said)).toBe("former");
  expect(there.kin(here.at)).toBe("newer");
  expect(there.follow(here.at)).toBe(true);
  expect(here.kin(there.at)).toBe("ours");
});

test("a tab that began after the logout has nothing to throw away", () => {
  const [old, young] = [new Life(100), new Life(900)];
  old.end(500);
  expect(young.follow(old.at)).toBe(false);
  expect(young.kin(old.at)).toBe("ours");
});

test("the storage tells of a logout first: the former life is over, its moment is still to come", () => {
  const life = new Life(100);
  life.ended();
  expect(life.kin(0)).toBe("former");
  expect(life.kin(500)).toBe("newer");
});

test("two logouts within one tick of the clock, or a clock set back, are two", () => {
  const life = new Life(100);
  life.end(500);
  life.end(400);
  expect(life.at).toBe(501);
});
