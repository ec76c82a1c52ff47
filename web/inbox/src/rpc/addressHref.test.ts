import { expect, test } from "vitest";
import { AddressKind } from "../gen/okno/crm/v1/client_service_pb.ts";
import { hrefOf } from "./addressHref.ts";

const href = (kind: AddressKind, value: string) => hrefOf({ kind, value, display: "" });

test("phones call, mail is written, sites open", () => {
  expect(href(AddressKind.PHONE, "+7 (999) 000-00-01")).toBe("tel:+79990000001");
  expect(href(AddressKind.EMAIL, "anna+1@example.com")).toBe("mailto:anna%2B1@example.com");
  expect(href(AddressKind.SITE, "client.example/a")).toBe("https://client.example/a");
  expect(href(AddressKind.SITE, "http://client.example")).toBe("http://client.example");
});

test("what could run something is text, and so is what is no address", () => {
  for (const value of ["javascript:alert(1)", "data:text/html,x", "file:///etc", " "]) expect(href(AddressKind.SITE, value), value).toBeUndefined();
  expect(href(AddressKind.POSTAL, "Тверь")).toBeUndefined();
});
