import { expect, test } from "vitest";
import { cutAtAddresses } from "./addresses.ts";

const addresses = (text: string): string[] => cutAtAddresses(text).filter((_, index) => index % 2 === 1);

test("an address ends before what the sentence puts behind it", () => {
  expect(addresses("Откройте https://business.example.com от имени организации.")).toEqual(["https://business.example.com"]);
  expect(addresses("корень (https://example.com/crt) и «https://example.org/a?b=1».")).toEqual(["https://example.com/crt", "https://example.org/a?b=1"]);
  expect(cutAtAddresses("(https://example.com/bot), дальше")).toEqual(["(", "https://example.com/bot", "), дальше"]);
});

test("an address with a blank to fill in leads nowhere yet", () => {
  expect(addresses("Дайте ссылку https://example.com/<имя бота>?start=<метка>: метка станет источником.")).toEqual([]);
  expect(addresses("viber://pa?chatURI=<адрес>, javascript:alert(1), example.com")).toEqual([]);
});
