import { describe, expect, test } from "vitest";
import { cleaned, IDLE_MS, origin, touched } from "./touches.ts";

const at = (url: string, now: number, referrer = "", cookies = "") => origin(url, referrer, cookies, now);

describe("cleaned", () => {
  test.each([
    ["https://shop.example.ru/a?utm_source=ya&token=secret#top", "https://shop.example.ru/a?utm_source=ya"],
    ["https://shop.example.ru/?session=1", "https://shop.example.ru/"],
    ["https://shop.example.ru/#/mug?token=1", "https://shop.example.ru/#/mug"],
    ["https://shop.example.ru/#access_token=1", "https://shop.example.ru/"],
    ["https://shop.example.ru/user/anna@example.ru/orders", "https://shop.example.ru/user/-/orders"],
    ["https://shop.example.ru/?utm_content=anna%40example.ru", "https://shop.example.ru/?utm_content=-"],
    ["", ""],
  ])("%s", (address, kept) => expect(cleaned(address)).toBe(kept));

  test("the site may allow more of its query", () => {
    expect(cleaned("https://shop.example.ru/?id=7&key=1", ["id"])).toBe("https://shop.example.ru/?id=7");
  });
});

test("an origin has marks, click ids and what counters know, and no inner referrer", () => {
  const from = at("https://shop.example.ru/?utm_source=ya&yclid=9&pass=1", 5, "https://shop.example.ru/other", "a=1; _ym_uid=77; _ga=GA1.2");
  expect(from).toEqual({ url: "https://shop.example.ru/?utm_source=ya&yclid=9", ref: "", at: 5, fields: { utm_source: "ya", yclid: "9", _ym_uid: "77", _ga: "GA1.2" } });
  expect(at("https://shop.example.ru/", 5, "https://ya.example.com/search?text=mug").ref).toBe("https://ya.example.com/search");
});

describe("touched", () => {
  const ad = at("https://shop.example.ru/?utm_source=ya", 0);
  const inner = (now: number) => at("https://shop.example.ru/next", now);

  test("the first visit is both", () => {
    const kept = touched(undefined, ad);
    expect(kept).toMatchObject({ first: ad, last: ad, seen: 0 });
  });
  test("walking through the site changes nothing but the time", () => {
    const kept = touched(touched(undefined, ad), inner(IDLE_MS));
    expect(kept).toMatchObject({ first: ad, last: ad, seen: IDLE_MS });
  });
  test("after half an hour of rest it is a new visit", () => {
    const back = inner(IDLE_MS + 1);
    expect(touched(touched(undefined, ad), back)).toMatchObject({ first: ad, last: back });
  });
  test("other marks are a new visit at once, the same ones are not", () => {
    const other = at("https://shop.example.ru/?utm_source=vk", 10);
    expect(touched(touched(undefined, ad), other).last).toBe(other);
    expect(touched(touched(undefined, ad), at("https://shop.example.ru/?utm_source=ya", 10)).last).toBe(ad);
  });
  test("what counters know comes later, and belongs to the visit that was begun", () => {
    const begun = touched(undefined, at("https://shop.example.ru/?yclid=9", 0));
    const { first, last } = touched(begun, at("https://shop.example.ru/next", 10, "", "_ym_uid=77"));
    expect(last).toMatchObject({ url: "https://shop.example.ru/?yclid=9", at: 0, fields: { yclid: "9", _ym_uid: "77" } });
    expect(first).toEqual(last);
  });
  test("another site is a new visit, counters are not", () => {
    const linked = at("https://shop.example.ru/", 10, "https://blog.example.com/");
    expect(touched(touched(undefined, ad), linked).last).toBe(linked);
    expect(touched(touched(undefined, ad), at("https://shop.example.ru/", 10, "", "_ga=1")).last).toBe(ad);
  });
});
