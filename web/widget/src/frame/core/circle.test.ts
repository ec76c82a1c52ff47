import { expect, test } from "vitest";
import { Circle } from "./circle.ts";
import { LoaderStore } from "./store.ts";

const HOME = "https://shop.example.ru";

/** Tabs of one origin, whose storage events come when `settle` is called. */
function origin() {
  const kept: Record<string, string> = {};
  const tabs: { store: LoaderStore; circle: Circle }[] = [];
  const events: { to: LoaderStore; key: string; value: string | null }[] = [];
  const tab = (home = HOME) => {
    const store: LoaderStore = new LoaderStore({ ...kept }, (key, value) => {
      if (value === null) delete kept[key];
      else kept[key] = value;
      for (const other of tabs) if (other.store !== store) events.push({ to: other.store, key, value });
    });
    const circle = new Circle(store, "account", home);
    store.watch((key, value) => void circle.heard(key, value));
    tabs.push({ store, circle });
    return circle;
  };
  const settle = (): void => {
    for (let next = events.shift(); next; next = events.shift()) next.to.changed(next.key, next.value);
  };
  return { tab, settle, kept };
}

test("tabs with one storage share a name, others never", () => {
  const here = origin();
  const first = here.tab().name();
  expect(here.tab().name()).toBe(first);
  expect(origin().tab().name()).not.toBe(first);
});

test("the same storage on another origin, as a copied profile has it, is another name", () => {
  const here = origin();
  expect(here.tab().name()).not.toBe(here.tab("https://other.example.ru").name());
});

test("tabs that begin at once agree, whatever the order", () => {
  for (let n = 0; n < 50; n += 1) {
    const { tab, settle, kept } = origin();
    const three = [tab(), tab(), tab()];
    for (const one of three) one.name();
    settle();
    expect(new Set(three.map((one) => one.name())).size).toBe(1);
    expect(three[0]?.name()).toContain(kept["tabs"]);
  }
});

test("a tab that outlives a logout meets the next one", () => {
  const { tab, settle, kept } = origin();
  const old = tab();
  old.name();
  delete kept["tabs"];
  const next = tab();
  next.name();
  settle();
  expect(next.name()).toBe(old.name());
});

test("nothing is kept before a line is wanted", () => {
  const { tab, kept } = origin();
  tab();
  expect(kept).toEqual({});
});
