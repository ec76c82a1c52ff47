import { create } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { ImportReason, ImportRowSchema, ImportSchema } from "../../../gen/okno/crm/v1/import_service_pb.ts";
import { needTexts, setLanguage } from "../../../i18n/index.ts";
import { mendFile } from "./mend.ts";
import { problemLines } from "./words.ts";

const one = create(ImportSchema, { columns: [{ column: 0, heading: "Клиент" }, { column: 1 }, { column: 2 }], mapping: { columns: [{ column: 0, target: "name" }, { column: 1, target: "inn" }] } });
const row = create(ImportRowSchema, { rowNumber: 4n, cells: ["=Ромашка", "12", ""], problems: [{ field: "inn", reason: ImportReason.INVALID }, { field: "custom_values:1", reason: ImportReason.UNKNOWN, value: "x; y" }] });

test("refused rows stand as they stood, under headings, with what is to be mended", async () => {
  vi.stubGlobal("document", { documentElement: { lang: "" } });
  await Promise.all([needTexts("clients"), needTexts("imports")]);
  await setLanguage("ru");
  const fields = [{ fieldId: "1", name: "Этаж" }];
  expect(problemLines(row, one.mapping, fields)).toEqual(["ИНН: «12» не\u00a0подходит", "Этаж: «x; y» не\u00a0нашлось"]);
  expect(mendFile(one, [row], fields)).toBe("\uFEFFКлиент;ИНН;Столбец 3;Что исправить\r\n'=Ромашка;12;;\"ИНН: «12» не подходит; Этаж: «x; y» не нашлось\"\r\n");
  const repeated = create(ImportRowSchema, { otherRowNumber: 2n, problems: [{ field: "phone", reason: ImportReason.SAME_ROW }, { field: "name", reason: ImportReason.SAME_ROW }] });
  expect(problemLines(repeated, one.mapping, fields)).toEqual(["Повторяет строку 2, совпадает телефон, название"]);
});
