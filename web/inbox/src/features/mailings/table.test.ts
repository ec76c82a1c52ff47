import { expect, test } from "vitest";
import { addressOf, decode, readTable } from "./table.ts";

test("columns have heads, in whatever order and separated by whatever", () => {
  for (const text of ["Имя;E-mail;Город\nАнна;Anna@example.com;Тверь", "город\tимя\temail\nТверь\tАнна\tanna@example.com", '"Name","City","E-mail"\n"Анна","Тверь","anna@example.com"\n']) {
    const { people, bad } = readTable(text);
    expect(people[0]).toMatchObject({ address: "anna@example.com", name: "Анна" });
    expect(Object.values(people[0]?.values ?? {})).toEqual(["Тверь"]);
    expect(bad).toEqual([]);
  }
});

test("addresses alone are a list, too", () => {
  expect(readTable("a@example.com\nb@example.com\n\n").people.map(({ address }) => address)).toEqual(["a@example.com", "b@example.com"]);
  expect(readTable("a@example.com; Анна; 7").people[0]).toEqual({ address: "a@example.com", name: "Анна", values: { "3": "7" } });
  expect(readTable("").people).toEqual([]);
});

test("a mistyped address in the first line is told, not taken for a head", () => {
  const { people, bad } = readTable("anna@example,com;Анна\nb@example.com;Борис");
  expect([people.map(({ address }) => address), bad]).toEqual([["b@example.com"], [1]]);
});

test("quotes keep separators, line breaks and quotes", () => {
  const { people } = readTable('email;name;text\na@example.com;"ООО ""Окно""";"два; три\nчетыре"');
  expect(people[0]).toMatchObject({ name: 'ООО "Окно"', values: { text: "два; три\nчетыре" } });
});

test("who cannot be written to and who is named twice is told", () => {
  const { people, bad, doubles } = readTable("email\na@example.com\nникто\nA@EXAMPLE.com\n");
  expect([people.length, bad, doubles]).toEqual([1, [3], 1]);
  for (const text of ["a", "a@b", "a b@example.com", "<a@example.com>", "a@b@example.com"]) expect(addressOf(text), text).toBe("");
});

test("a file of a Russian program for tables is read", () => {
  const bytes = Uint8Array.from([0xcf, 0xee, 0xf7, 0xf2, 0xe0]).buffer;
  expect(decode(bytes)).toBe("Почта");
  expect(decode(new TextEncoder().encode("Почта").buffer as ArrayBuffer)).toBe("Почта");
});
