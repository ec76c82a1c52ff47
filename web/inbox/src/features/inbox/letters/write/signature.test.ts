import { expect, test } from "vitest";
import { signatureOf, signedHtml, signedText } from "./signature.ts";

const account = { signature: "С уважением,\n{{name}}" };

test("a mailbox's signature names whoever writes; one's own stands in its place", () => {
  expect(signatureOf(account, "", "Анна")).toBe("С уважением,\nАнна");
  expect(signatureOf(account, " Анна, отдел продаж ", "Анна")).toBe("Анна, отдел продаж");
  expect(signatureOf(undefined, "", "Анна")).toBe("");
});

test("it stands behind the mark by which mail programs know it, as text and as markup", () => {
  expect(signedText("Анна")).toBe("-- \nАнна");
  expect(signedHtml("Анна <b>\nПродажи")).toBe("<p>-- <br>Анна &lt;b&gt;<br>Продажи</p>");
  expect(signedText("")).toBe("");
  expect(signedHtml("")).toBe("");
});
