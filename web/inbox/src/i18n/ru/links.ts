import type { links as en } from "../en/links.ts";
import type { Text } from "../text.ts";

export const links = {
  "links.title": "Связи с другими клиентами",
  "links.failed": "Связи не загрузились",
  "links.none": "Связей с другими клиентами пока нет.",
  "links.add": "Добавить связь",
  "links.new": "Новая связь",
  "links.edit": "Связь: {name}",
  "links.change": "Изменить",
  "links.remove": "Убрать связь",
  "links.removed": "Связь убрана.",
  "links.actions": "Действия со связью: {name}",
  "links.closed": "Клиент, которого вам не видно",
  "links.other": "Другой клиент",
  "links.role": "Кем он приходится",
  "links.note": "Примечание",
  "links.noKinds": "Видов связей пока нет: их заводит администратор в справочниках.",
  "links.since": "с {from}",
  "links.until": "по {until}",
  "links.fromUntil": "с {from} по {until}",
  "links.reverse": "Название с другой стороны",
  "links.reverseHint": "Например, «Филиал» для «Головная компания». Пусто: так же с обеих сторон.",
} satisfies Record<keyof typeof en, Text>;
