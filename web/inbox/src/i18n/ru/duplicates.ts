import type { duplicates as en } from "../en/duplicates.ts";
import type { Text } from "../text.ts";

export const duplicates = {
  "error.CLIENT_MERGED": "Один из этих клиентов уже объединён с другим. Загрузите заново.",
  "error.MERGE_CONFLICT": "Данные клиентов различаются. Выберите, чьё значение оставить: {fields}",
  "error.MERGE_NOT_FOUND": "Такого объединения нет.",
  "error.MERGE_TOO_OLD": "Отменить объединение можно только в течение 30 дней.",
  "error.DUPLICATE_SEARCH_NOT_FOUND": "Такого поиска больше нет. Запустите новый.",
  "error.DUPLICATE_SEARCH_RUNNING": "Поиск дублей уже идёт.",
} satisfies Record<keyof typeof en, Text>;
