import { expect, test } from "vitest";
import { configOf } from "../../shared/config.ts";
import { Forms } from "./forms.ts";
import { LoaderStore } from "./store.ts";

const config = configOf({ account: "a", consent: { mode: "checkbox", text: "", policy_url: "", version: "2" } });
const forms = (items: Record<string, string>): Forms => new Forms(new LoaderStore(items, () => undefined), config);

test("what was filled in goes once, and the consent stays", () => {
  const filled = forms({});
  filled.fill([{ name: "name", title: "Имя", value: "Вера" }]);
  filled.agree(true);
  expect(filled.take()).toEqual([{ name: "name", title: "Имя", value: "Вера" }]);
  expect(filled.take()).toBeUndefined();
  expect(filled.agreement()).toMatchObject({ version: "2" });
});

test.each(["{", "null", "7", '"2"', "[]", "[null, 7, {}]", '{"version":"2"}', '{"version":"2","at":"x"}'])("what is spoiled is as if it were not there: %s", (text) => {
  const spoiled = forms({ consent: text, "form.values": text });
  expect(spoiled.standing().agreed).toBe(false);
  expect(spoiled.take()).toBeUndefined();
});
