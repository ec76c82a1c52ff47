import { expect, test } from "vitest";
import { changedFields, rebase } from "./rebase.ts";

const before = { name: "Сотрудник 1", login: "s1", roles: [1] };

test("what was not touched follows the newer version, what was touched stays", () => {
  const { form, news, clashes } = rebase(before, { ...before, name: "Сотрудник 2" }, { ...before, login: "s2" });
  expect(form).toEqual({ name: "Сотрудник 2", login: "s2", roles: [1] });
  expect(news).toEqual(["login"]);
  expect(clashes).toEqual([]);
});

test("a field that both changed is named, and ours is kept until its writer decides", () => {
  const { form, clashes } = rebase(before, { ...before, roles: [1, 3] }, { ...before, roles: [2] });
  expect(form.roles).toEqual([1, 3]);
  expect(clashes).toEqual(["roles"]);
});

test("the same change by both is no clash", () => {
  const { form, news, clashes } = rebase(before, { ...before, name: "Сотрудник 3" }, { ...before, name: "Сотрудник 3" });
  expect(form.name).toBe("Сотрудник 3");
  expect(news).toEqual(["name"]);
  expect(clashes).toEqual([]);
});

test("what was typed and taken back is no change", () => {
  expect(changedFields(before, { ...before, roles: [1] })).toEqual([]);
});
