import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import type { Text } from "./text.ts";

const { ru, en } = catalogue;

/** The words that 1C:CRM people know, and where the page says them. */
const GLOSSARY: readonly [key: string, russian: RegExp, english: RegExp][] = [
  ["rail.label", /^Рабочие места$/u, /^Workplaces$/u],
  ["inbox.title", /^Диалоги$/u, /^Inbox$/u],
  ["thread.label", /^Диалог$/u, /^Conversation$/u],
  ["composer.label", /^Сообщение$/u, /^Message$/u],
  ["request.number", /^Обращение/u, /^Request/u],
  ["command.take", /^Взять в работу$/u, /^Take$/u],
  ["action.transfer", /^Перенаправить$/u, /^Transfer$/u],
  ["action.reject", /^Отклонить$/u, /^Reject$/u],
  ["action.finish", /^Завершить$/u, /^Finish$/u],
  ["action.snooze", /^Отложить$/u, /^Snooze$/u],
  ["filter.assignee", /^Ответственный$/u, /^Responsible$/u],
  ["inbox.view.unassigned", /^Не назначено$/u, /^Unassigned$/u],
  ["filter.department", /^Подразделение$/u, /^Department$/u],
  ["transfer.people", /^Сотрудники$/u, /^Employees$/u],
  ["panel.firstReplyDue", /^Срок реакции$/u, /^First reply due$/u],
  ["panel.resolutionDue", /^Срок обработки$/u, /^Resolution due$/u],
  ["filter.overdue", /^Просрочено$/u, /^Overdue$/u],
  ["panel.client", /^Клиент$/u, /^Client$/u],
  ["panel.contacts", /^Контактные данные$/u, /^Contact details$/u],
  ["panel.unknown", /^Не опознан$/u, /^Not identified$/u],
  ["filter.channel", /^Канал$/u, /^Channel$/u],
  ["filter.account", /^Учётная запись$/u, /^Account$/u],
  ["panel.source", /^Источник$/u, /^Source$/u],
  ["row.draft", /^Черновик/u, /^Draft/u],
  ["composer.sendLater", /^Отправить позже$/u, /^Send later$/u],
  ["command.takeBack", /^Отменить отправку$/u, /^Undo send$/u],
  ["status.queued", /^В очереди$/u, /^Queued$/u],
  ["status.sent", /^Отправлено$/u, /^Sent$/u],
  ["status.delivered", /^Доставлено$/u, /^Delivered$/u],
  ["status.read", /^Прочитано$/u, /^Read$/u],
  ["status.failed", /^Не отправлено$/u, /^Not sent$/u],
  ["status.unknown", /^Неизвестно, дошло ли$/u, /^Outcome unknown$/u],
  ["notices.transferred", /^Перенаправлено вам$/u, /^Transferred to you$/u],
  ["ability.transfer", /^Перенаправлять обращения$/u, /^Transfer requests$/u],
  ["settings.employees", /^Сотрудники$/u, /^Employees$/u],
  ["settings.departments", /^Подразделения$/u, /^Departments$/u],
  ["settings.channels", /^Каналы$/u, /^Channels$/u],
  ["rail.clients", /^Клиенты$/u, /^Clients$/u],
  ["client.field.importance", /^Важность$/u, /^Importance$/u],
  ["client.field.tagIds", /^Метки$/u, /^Tags$/u],
  ["client.field.accessLevelIds", /^Уровни доступа$/u, /^Access levels$/u],
  ["contacts.new", /контактное лицо$/u, /^New contact$/u],
  ["why.round_robin", /^По кругу/u, /^Round robin/u],
];

test.each(GLOSSARY)("%s is called as in the original", (key, russian, english) => {
  expect(ru[key]).toMatch(russian);
  expect(en[key]).toMatch(english);
});

const STRANGE = /тикет|\bлид(?:ы|ов|а)?(?![а-яё])|аккаунт|юзер|менеджер(?! паролей)|переда(?:но вам|вать обращ|ть обращ)|пожалуйста|[а-яё]!(?:\s|$)/iu;
const forms = (text: Text): string[] => (typeof text === "string" ? [text] : Object.values(text));

test("no stranger's word for a thing that has a name, no plea, no exclamation", () => {
  const found = Object.entries(ru).filter(([, text]) => forms(text).some((form) => STRANGE.test(form)));
  expect(found).toEqual([]);
});

test("Russian texts are Russian, English ones English; ё is written", () => {
  const cyrillic = Object.entries(en).filter(([key, text]) => forms(text).some((form) => /[а-яё]/iu.test(form)) && !key.startsWith("command.palette") && key !== "profile.language.ru");
  expect(cyrillic).toEqual([]);
  const noYo = Object.entries(ru).filter(([, text]) => forms(text).some((form) => /\b(?:еще|учетн|подключен\b|ждет\b|прочтен|найден\b(?=[^о]))/iu.test(form)));
  expect(noYo.map(([key]) => key)).toEqual([]);
});
