import { create } from "@bufbuild/protobuf";
import { AccessLevelSchema } from "../src/gen/okno/crm/v1/access_service_pb.ts";
import { AddressKind, type Client, ClientKind, ClientRelation, ClientSchema, FieldChangeSchema, Importance, Sex, Solvency, WorkStatus } from "../src/gen/okno/crm/v1/client_service_pb.ts";
import { ContactSchema, ContactState } from "../src/gen/okno/crm/v1/contact_service_pb.ts";
import { ContractSchema } from "../src/gen/okno/crm/v1/contract_service_pb.ts";
import { DirectoryEntrySchema, DirectoryKind } from "../src/gen/okno/crm/v1/directory_service_pb.ts";
import { CustomFieldSchema, FieldObject, FieldType } from "../src/gen/okno/crm/v1/field_service_pb.ts";
import { newId } from "../src/rpc/ids.ts";
import { stamp, type World } from "./world.ts";

// Sample cards: one that is filled in whole, and many that make a long list.

const DAY = 86_400_000;

const ENTRIES: readonly (readonly [kind: DirectoryKind, names: readonly string[]])[] = [
  [DirectoryKind.INDUSTRY, ["Торговля", "Строительство", "Услуги", "Производство"]],
  [DirectoryKind.SEGMENT, ["Малый бизнес", "Средний бизнес", "Крупный бизнес"]],
  [DirectoryKind.POSITION, ["Директор", "Главный бухгалтер", "Закупщик"]],
  [DirectoryKind.CONTACT_ROLE, ["Принимает решение", "Готовит документы"]],
  [DirectoryKind.HEADCOUNT, ["1–15", "16–100", "Больше 100"]],
  [DirectoryKind.WORKPLACES, ["1–5", "6–50", "Больше 50"]],
  [DirectoryKind.KEY_EVENT, ["Юбилей компании", "Профессиональный праздник"]],
  [DirectoryKind.ORGANISATION, ["ООО «Наша компания»"]],
  [DirectoryKind.PRICE, ["Розница", "Опт"]],
  [DirectoryKind.DISCOUNT, ["Постоянный клиент"]],
  [DirectoryKind.TAG, ["Опт", "Выставка 2026", "Просил позвонить"]],
  [DirectoryKind.HOLDING, ["Группа «Пример»"]],
  [DirectoryKind.CONSENT_PURPOSE, ["Обработка персональных данных", "Рассылки"]],
  [DirectoryKind.CONSENT_MEANS, ["Форма на сайте", "Письмо", "На бумаге", "Устно"]],
];
const LINKS = [
  ["Головная компания", "Филиал"],
  ["Партнёр", ""],
] as const;
const REGIONS = [
  ["Москва", "Europe/Moscow"],
  ["Омск", "Asia/Omsk"],
  ["Владивосток", "Asia/Vladivostok"],
] as const;

type Entry = (kind: DirectoryKind, index: number) => string;

function directories(world: World): Entry {
  const ids = new Map<DirectoryKind, string[]>();
  const add = (kind: DirectoryKind, name: string, place: number, timeZone = ""): void => {
    const entryId = newId();
    world.entries.set(entryId, create(DirectoryEntrySchema, { entryId, etag: "1", kind, name, place, timeZone }));
    ids.set(kind, [...(ids.get(kind) ?? []), entryId]);
  };
  for (const [kind, names] of ENTRIES) names.forEach((name, place) => add(kind, name, place));
  for (const [name, reverseName] of LINKS) {
    const entryId = newId();
    world.entries.set(entryId, create(DirectoryEntrySchema, { entryId, etag: "1", kind: DirectoryKind.CLIENT_LINK, name, reverseName }));
  }
  REGIONS.forEach(([name, zone], place) => add(DirectoryKind.REGION, name, place, zone));
  return (kind, index) => {
    const all = ids.get(kind) ?? [];
    return all[index % all.length] ?? "";
  };
}

function fields(world: World): { budget: string; since: string; size: string } {
  const [budget, since, size, vip] = [newId(), newId(), newId(), newId()];
  const optionId = newId();
  const make = (fieldId: string, name: string, type: FieldType, place: number, options: { optionId: string; name: string }[] = []): void =>
    void world.customFields.set(fieldId, create(CustomFieldSchema, { fieldId, etag: "1", object: FieldObject.CLIENT, name, type, place, options }));
  make(budget, "Бюджет на год, тысяч рублей", FieldType.NUMBER, 1);
  make(since, "Работает с нами с", FieldType.DATE, 2);
  make(size, "Размер склада", FieldType.LIST, 3, [{ optionId, name: "Большой" }, { optionId: newId(), name: "Малый" }]);
  make(vip, "Нужен пропуск", FieldType.YES_NO, 4);
  return { budget, since, size: `${size} ${optionId}` };
}

/** `count` companies beside those that dialogs belong to, of whom the first is filled in whole. */
export function cards(world: World, employees: readonly string[], count: number): void {
  const entry = directories(world);
  const own = fields(world);
  for (const name of ["Ключевые клиенты", "Опт"]) {
    const accessLevelId = newId();
    world.levels.set(accessLevelId, create(AccessLevelSchema, { accessLevelId, etag: "1", name }));
  }
  const [, company] = [...world.clients.values()];
  if (company) whole(world, company, entry, own, employees);
  for (const client of world.clients.values()) contractOf(world, client.clientId);
  for (let n = 3; n <= count; n += 1) {
    const clientId = newId();
    const days = (n * 7) % 900;
    world.clients.set(
      clientId,
      create(ClientSchema, {
        clientId,
        etag: "1",
        kind: n % 5 === 0 ? ClientKind.PERSON : ClientKind.COMPANY,
        name: n === 4 ? "Общество с ограниченной ответственностью «Очень длинное название, которое никак не помещается в строку списка»" : n % 5 === 0 ? `Заказчик ${n}` : `ООО «Пример ${n}»`,
        addresses: n % 11 === 0 ? [] : [{ kind: AddressKind.PHONE, value: `+799900${String(n).padStart(5, "0")}`, display: `+7 999 00${String(n).padStart(5, "0").replace(/^(.)(..)(..)$/u, "$1-$2-$3")}` }, { kind: AddressKind.EMAIL, value: `client${n}@client.example`, display: `client${n}@client.example` }],
        responsibleEmployeeId: n % 7 === 0 ? "" : (employees[n % employees.length] ?? ""),
        workStatus: [WorkStatus.WORKING, WorkStatus.WORKING, WorkStatus.NOT_WORKING, WorkStatus.LOST][n % 4]!,
        importance: [Importance.ORDINARY, Importance.REGIONAL, Importance.ORDINARY, Importance.SPECIAL][n % 4]!,
        tagIds: n % 3 === 0 ? [entry(DirectoryKind.TAG, n)] : [],
        industryId: entry(DirectoryKind.INDUSTRY, n),
        regionId: entry(DirectoryKind.REGION, n),
        createdAt: stamp(Date.now() - days * DAY),
        updatedAt: stamp(Date.now() - (days / 3) * DAY),
      }),
    );
    contractOf(world, clientId);
  }
  likenesses(world);
}

/** Some that are the same client twice or thrice, and one that is nobody's to see. */
function likenesses(world: World): void {
  const all = [...world.clients.values()];
  const named = (n: number): Client | undefined => all.find(({ name }) => name === `ООО «Пример ${n}»`);
  const same = (of: number, n: number, part: Partial<Client>): void => {
    const [one, other] = [named(of), named(n)];
    if (one && other) Object.assign(other, { addresses: one.addresses.map((address) => ({ ...address })), ...part });
  };
  const [first, third] = [named(101), named(123)];
  if (first) Object.assign(first, { inn: "9876543210", kpp: "123401001", comment: "Звонить до обеда." });
  same(101, 102, { name: "Пример 101, ООО", inn: "9876543210", kpp: "123401001", comment: "Просит счёт по почте." });
  same(111, 112, { name: "ООО «Пример 111»" });
  same(111, 113, { name: "Пример-111" });
  same(123, 124, { name: "ООО «Закрытый пример»" });
  const closed = all.find(({ name }) => name === "ООО «Закрытый пример»");
  if (closed && third) {
    closed.addresses = third.addresses.slice(0, 1);
    world.closed.add(closed.clientId);
  }
  const [here, there] = [named(131), named(132)];
  if (here && there) twice(world, here, there);
}

/** One person who is the contact of two clients. */
function twice(world: World, here: Client, there: Client): void {
  const phone = { kind: AddressKind.PHONE, value: "+79990001310", display: "+7 999 000-13-10" };
  const mail = { kind: AddressKind.EMAIL, value: "double@client.example", display: "double@client.example" };
  const person = { surname: "Двойнова", givenName: "Мария", state: ContactState.WORKS };
  const at = (client: Client, comment: string, addresses: (typeof phone)[]): void => {
    const contactId = newId();
    world.contacts.set(contactId, create(ContactSchema, { ...person, name: "Двойнова Мария", comment, addresses, contactId, etag: "1", clientId: client.clientId, createdAt: stamp(Date.now() - 90 * DAY) }));
  };
  at(here, "Звонить утром.", [phone]);
  at(there, "Пишет по вечерам.", [phone, mail]);
}

function contractOf(world: World, clientId: string): void {
  const contractId = newId();
  world.contracts.set(contractId, create(ContractSchema, { contractId, etag: "1", clientId, isMain: true }));
}

function whole(world: World, client: Client, entry: Entry, own: { budget: string; since: string; size: string }, [me = "", other = ""]: readonly string[]): void {
  const [sizeField = "", sizeOption = ""] = own.size.split(" ");
  Object.assign(client, {
    workingName: "Пример, склад на Примерной",
    responsibleEmployeeId: me,
    inn: "1234567894",
    kpp: "123401001",
    ogrn: "1234567890127",
    okpo: "12345678",
    registeredOn: "2016-04-11",
    industryId: entry(DirectoryKind.INDUSTRY, 0),
    segmentId: entry(DirectoryKind.SEGMENT, 1),
    headcountId: entry(DirectoryKind.HEADCOUNT, 1),
    regionId: entry(DirectoryKind.REGION, 2),
    timeZone: "Asia/Vladivostok",
    holdingId: entry(DirectoryKind.HOLDING, 0),
    importance: Importance.SPECIAL,
    workStatus: WorkStatus.WORKING,
    solvency: Solvency.HIGH,
    relations: [ClientRelation.BUYER, ClientRelation.SUPPLIER],
    tagIds: [entry(DirectoryKind.TAG, 0), entry(DirectoryKind.TAG, 1)],
    comment: "Звонить до обеда.\nПропуск заказывать за день.",
    updatedAt: stamp(Date.now() - 2 * DAY),
  });
  const more = create(ClientSchema, {
    addresses: [
      { kind: AddressKind.PHONE, value: "+79990000002", display: "+7 999 000-00-02", isMain: true },
      { kind: AddressKind.EMAIL, value: "office@client.example", display: "office@client.example" },
      { kind: AddressKind.SITE, value: "client.example", display: "client.example" },
      { kind: AddressKind.POSTAL, value: "Владивосток, Примерная улица, 2", display: "Владивосток, Примерная улица, 2" },
      { kind: AddressKind.MESSENGER, value: "@example_client", display: "@example_client", contactPointId: newId() },
    ],
    bankAccounts: [{ number: "40702810000000000001", bic: "044525000", bankName: "Примерный банк", correspondentNumber: "30101810000000000000", isMain: true }],
    extras: [{ name: "Учётная программа", value: "Своя, до конца года", startsOn: "2024-01-01", endsOn: "2026-12-31" }],
    customValues: [
      { fieldId: own.budget, value: { case: "number", value: 1200 } },
      { fieldId: own.since, value: { case: "date", value: "2021-03-01" } },
      { fieldId: sizeField, value: { case: "optionId", value: sizeOption } },
    ],
  });
  Object.assign(client, { addresses: more.addresses, bankAccounts: more.bankAccounts, extras: more.extras, customValues: more.customValues });
  people(world, client, entry, me);
  world.changes.push(
    create(FieldChangeSchema, { clientId: client.clientId, field: "work_status", oldValues: [String(WorkStatus.NOT_WORKING)], newValues: [String(WorkStatus.WORKING)], employeeId: other, at: stamp(Date.now() - 2 * DAY) }),
    create(FieldChangeSchema, { clientId: client.clientId, field: "responsible_employee_id", oldValues: [], newValues: [me], at: stamp(Date.now() - 9 * DAY) }),
  );
  const contractId = newId();
  world.contracts.set(contractId, create(ContractSchema, { contractId, etag: "1", clientId: client.clientId, number: "118-П", signedOn: "2025-02-03", organisationId: entry(DirectoryKind.ORGANISATION, 0), priceKindId: entry(DirectoryKind.PRICE, 1), comment: "Отсрочка 14 дней" }));
}

function people(world: World, client: Client, entry: Entry, authorEmployeeId: string): void {
  const names = [
    ["Примерова", "Анна", "Сергеевна", Sex.FEMALE],
    ["Образцов", "Пётр", "", Sex.MALE],
    ["Бывалова", "Вера", "", Sex.FEMALE],
  ] as const;
  names.forEach(([surname, givenName, patronymic, sex], index) => {
    const contactId = newId();
    world.contacts.set(
      contactId,
      create(ContactSchema, {
        contactId,
        etag: "1",
        clientId: client.clientId,
        name: [surname, givenName, patronymic].filter(Boolean).join(" "),
        surname,
        givenName,
        patronymic,
        sex,
        positionId: entry(DirectoryKind.POSITION, index),
        roleId: entry(DirectoryKind.CONTACT_ROLE, index),
        state: index === 1 ? ContactState.AWAY : ContactState.WORKS,
        keyPerson: index === 0,
        addresses: [{ kind: AddressKind.PHONE, value: `+799900001${index}0`, display: `+7 999 000-01-${index}0` }, { kind: AddressKind.EMAIL, value: `contact${index}@client.example`, display: `contact${index}@client.example` }],
        authorEmployeeId,
        createdAt: stamp(Date.now() - 300 * DAY),
        ...(index === 2 ? { archivedAt: stamp(Date.now() - 30 * DAY) } : {}),
      }),
    );
    if (index === 0) client.mainContactId = contactId;
  });
}
