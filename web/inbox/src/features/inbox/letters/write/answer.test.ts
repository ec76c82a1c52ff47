import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { LetterSchema } from "../../../../gen/okno/channel/v1/content_pb.ts";
import { answerTo, isNewDomain, passOn, peopleOf, personOf, speaksOfFiles } from "./answer.ts";

const mail = (address: string, name = "") => ({ address, name });
const letter = create(LetterSchema, { subject: "RE: Re[2]: Отв: Счёт", from: mail("sergey@client.example", "Сергей"), to: [mail("Sales@example.com"), mail("vera@client.example")], cc: [mail("boss@client.example")] });
const own = "sales@example.com";

test("an answer goes to who wrote, to all without ourselves", () => {
  expect(answerTo(letter, { ours: false, all: false, own })).toEqual({ subject: "Re: Счёт", to: [mail("sergey@client.example", "Сергей")], cc: [] });
  expect(answerTo(letter, { ours: false, all: true, own }).cc).toEqual([mail("vera@client.example"), mail("boss@client.example")]);
  const elsewhere = create(LetterSchema, { subject: letter.subject, from: letter.from, replyTo: [mail("orders@client.example")] });
  expect(answerTo(elsewhere, { ours: false, all: false, own }).to).toEqual([mail("orders@client.example")]);
  const ours = create(LetterSchema, { subject: "Акт", to: [mail("sergey@client.example")], cc: [mail(own)] });
  expect(answerTo(ours, { ours: true, all: true, own })).toEqual({ subject: "Re: Акт", to: [mail("sergey@client.example")], cc: [] });
});

test("what is passed on is called so once", () => {
  expect(passOn(create(LetterSchema, { subject: "Fwd: FW: Счёт" })).subject).toBe("Fwd: Счёт");
});

test("people are read as they are written", () => {
  expect(personOf("Анна <anna@example.com>")).toEqual(mail("anna@example.com", "Анна"));
  expect(personOf("\"Ким, Анна\" <anna@example.com>")?.name).toBe("Ким, Анна");
  for (const none of ["", "anna", "anna@", "@example.com", "a b@example.com", "a@b"]) expect(personOf(none), none).toBeUndefined();
  expect(peopleOf("a@example.com; кто-то, b@example.com")).toEqual({ found: [mail("a@example.com"), mail("b@example.com")], left: "кто-то" });
});

test("a domain that nobody here has is told, and words about files are noticed", () => {
  expect(isNewDomain("x@client.example", ["a@CLIENT.example"])).toBe(false);
  expect(isNewDomain("x@cl1ent.example", ["a@client.example"])).toBe(true);
  expect(speaksOfFiles("Счёт во вложении")).toBe(true);
  expect(speaksOfFiles("Когда доставка?")).toBe(false);
});
