import { expect, test } from "vitest";
import { leftIn } from "./form.ts";

type Field = { type: string; value: string; mark?: string; autocomplete?: string };

const form = (...fields: Field[]): HTMLFormElement => ({ elements: fields.map(({ mark, ...field }) => ({ autocomplete: "", dataset: { oknoField: mark }, ...field })) }) as unknown as HTMLFormElement;

test("fields that the site marked go along, others do not", () => {
  const left = leftIn(form({ type: "text", value: " Анна ", mark: "name" }, { type: "tel", value: "+7 999 000-00-01", mark: "phone" }, { type: "email", value: "anna@example.com", mark: "email" }, { type: "text", value: "Ленина, 1" }, { type: "text", value: "42", mark: "size" }));
  expect(left).toEqual({ name: "Анна", phone: "+7 999 000-00-01", email: "anna@example.com" });
});

test("what is hidden, secret or pays never does, even when it is marked", () => {
  for (const type of ["password", "hidden", "file", "checkbox", "textarea", "select-one", "number", "search"]) expect(leftIn(form({ type, value: "x", mark: "phone" })), type).toEqual({});
  for (const autocomplete of ["cc-number", "section-pay cc-csc", "one-time-code", "current-password"]) expect(leftIn(form({ type: "text", value: "x", autocomplete, mark: "name" })), autocomplete).toEqual({});
});

test("the first that is filled in counts, and is bounded", () => {
  expect(leftIn(form({ type: "tel", value: " ", mark: "phone" }, { type: "tel", value: "1", mark: "phone" }, { type: "tel", value: "2", mark: "phone" }))).toEqual({ phone: "1" });
  expect(leftIn(form({ type: "text", value: "a".repeat(900), mark: "name" })).name).toHaveLength(254);
});
