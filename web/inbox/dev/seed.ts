import { create } from "@bufbuild/protobuf";
import { AttachmentKind, AttachmentState, type Content, ContentSchema, TextStyle } from "../src/gen/okno/channel/v1/content_pb.ts";
import { GatewayDescriptionSchema, SettingsFieldKind, TextUnit } from "../src/gen/okno/channel/v1/gateway_pb.ts";
import { AccountHealth, AliasKind, FailureReason, SourceSchema } from "../src/gen/okno/channel/v1/inbound_pb.ts";
import { AddressKind, type Client, ClientKind, ClientSchema } from "../src/gen/okno/crm/v1/client_service_pb.ts";
import { type ChannelAccount, ChannelAccountSchema } from "../src/gen/okno/inbox/v1/channel_account_service_pb.ts";
import { type Conversation, ConversationSchema, Direction, MessageKind, MessageStatus, RequestState } from "../src/gen/okno/inbox/v1/conversation_pb.ts";
import { type Request, RequestSchema } from "../src/gen/okno/inbox/v1/request_service_pb.ts";
import { DepartmentSchema } from "../src/gen/okno/org/v1/department_service_pb.ts";
import { EmployeeSchema, PresenceChoice, Role } from "../src/gen/okno/org/v1/employee_service_pb.ts";
import { newId } from "../src/rpc/ids.ts";
import { cards } from "./cards.ts";
import { CORPUS } from "./corpus.ts";
import { picture } from "../../testing/picture.ts";
import { melody } from "../../testing/sound.ts";
import { letters } from "./letters.ts";
import { staff } from "./staff.ts";
import { type Part, stamp, type World } from "./world.ts";

// Sample data: numbered people, example.* domains, reserved phone numbers.

const MINUTE = 60_000;
export const PASSWORD = "demo-password";

export const GATEWAY = create(GatewayDescriptionSchema, {
  channel: "telegram",
  title: { ru: "Telegram", en: "Telegram" },
  capabilities: {
    textLimit: 4096,
    textUnit: TextUnit.UTF16,
    captionLimit: 1024,
    albumMax: 10,
    media: [AttachmentKind.IMAGE, AttachmentKind.VIDEO, AttachmentKind.VOICE, AttachmentKind.AUDIO, AttachmentKind.ANIMATION, AttachmentKind.DOCUMENT].map((kind) => ({ kind, maxBytes: 50n * 1024n * 1024n })),
    replies: true,
    edits: true,
    deletes: true,
    reactions: true,
    typing: true,
    deleteWithinSeconds: 172_800,
  },
  settings: {
    fields: [
      {
        name: "token",
        kind: SettingsFieldKind.TEXT,
        title: { ru: "Токен бота", en: "Bot token" },
        help: { ru: "Его присылает @BotFather. Никому его не показывайте.", en: "@BotFather sends it. Show it to nobody." },
        required: true,
        secret: true,
        pattern: String.raw`^\d{6,12}:[A-Za-z0-9_-]{35}$`,
        placeholder: "123456789:AAF…",
      },
      {
        name: "receive",
        kind: SettingsFieldKind.CHOICE,
        title: { ru: "Как получать сообщения", en: "How messages arrive" },
        help: { ru: "Опрос работает и без внешнего адреса.", en: "Polling needs no public address." },
        advanced: true,
        defaultValue: "auto",
        choices: [
          { value: "auto", title: { ru: "Сам выберет", en: "Automatic" } },
          { value: "poll", title: { ru: "Опрос", en: "Polling" } },
        ],
      },
    ],
    steps: [
      { ru: "Откройте в Telegram @BotFather, отправьте /newbot и придумайте боту имя.", en: "Open @BotFather in Telegram, send /newbot and give the bot a name." },
      { ru: "Скопируйте токен из ответа и вставьте его сюда. Okno проверит его и подключится.", en: "Copy the token from the answer and paste it here. Okno checks it and connects." },
    ],
    remedies: { token: { ru: "Возьмите новый токен у @BotFather.", en: "Get a new token from @BotFather." } },
  },
});

/** `rows` conversations; the first has `messages` besides the sample of each kind. */
export function seed(world: World, rows: number, messages = 60): void {
  const sales = create(DepartmentSchema, { departmentId: newId(), name: "Отдел продаж", etag: "1" });
  const support = create(DepartmentSchema, { departmentId: newId(), name: "Поддержка", etag: "1" });
  for (const department of [sales, support]) world.departments.set(department.departmentId, department);
  const [me, other] = people(world, sales.departmentId);
  staff(world, sales, support);
  const bot = account(world, "Бот продаж", AccountHealth.CONNECTED, sales.departmentId);
  const second = account(world, "Бот поддержки", AccountHealth.DEGRADED, support.departmentId);
  const site = account(world, "Сайт магазина", AccountHealth.CONNECTED, sales.departmentId, "webchat");
  if (!me || !other) return;
  const [known] = clients(world);
  cards(world, [me, other], Number(process.env["MOCK_CLIENTS"] ?? 320));

  const first = conversation(world, bot, 1, "Покупатель 1");
  belongTo(first, known);
  talk(world, first, me, other, messages);
  past(world, first, other);
  const visit = conversation(world, site, 1001, "Посетитель 1");
  belongTo(visit, known);
  fromSite(world, visit, me);
  corpus(world, second);
  const tracker = process.env["MOCK_LETTERS"];
  if (tracker) letters(world, me, tracker);
  for (let n = 2; n <= rows; n += 1) {
    const name = n === 5 ? "Покупатель 5 с очень длинным именем, которое не помещается в строку" : n === 7 ? "لعميل السابع" : `Покупатель ${n}`;
    const row = conversation(world, n % 4 === 0 ? second : bot, n, name);
    filler(world, row, n);
    if (n % 3 === 0) assign(world, row, n % 2 ? me : other, n);
  }
}

function people(world: World, departmentId: string): string[] {
  const made = [
    ["Оператор 1", "operator1", [Role.OPERATOR, Role.ADMINISTRATOR]],
    ["Оператор 2", "operator2", [Role.OPERATOR]],
    ["Руководитель 1", "head1", [Role.HEAD]],
    ["Оператор 3", "totp1", [Role.OPERATOR]],
  ] as const;
  return made.map(([name, login, roles], index) => {
    const employeeId = newId();
    world.employees.set(
      employeeId,
      create(EmployeeSchema, { employeeId, name, login, roles: [...roles], departmentIds: [departmentId], etag: "1", language: "ru", timeZone: "Europe/Moscow", presence: { choice: index === 1 ? PresenceChoice.AWAY : PresenceChoice.AVAILABLE, online: index < 3 } }),
    );
    world.passwords.set(employeeId, PASSWORD);
    if (login === "totp1") world.totp.add(employeeId);
    return employeeId;
  });
}

function account(world: World, name: string, health: AccountHealth, departmentId: string, channel = "telegram"): ChannelAccount {
  const degraded = health === AccountHealth.DEGRADED;
  const made = create(ChannelAccountSchema, {
    accountId: newId(),
    channel,
    name,
    etag: "1",
    enabled: true,
    isRequestSource: true,
    departmentId,
    reopenWindowHours: 24,
    settings: { token: "••••AAE1", receive: "auto" },
    capabilities: GATEWAY.capabilities!,
    webhookPath: "/hooks/telegram/0190",
    status: {
      health,
      identity: degraded ? "@example_support_bot" : "@example_sales_bot",
      lastEventAt: stamp(Date.now() - (degraded ? 90 * MINUTE : 12_000)),
      problem: degraded ? "Токен отозван" : "",
      remedyKey: degraded ? "token" : "",
      deadLetters: degraded ? 1 : 0,
    },
  });
  world.accounts.set(made.accountId, made);
  return made;
}

function clients(world: World): Client[] {
  return ["Покупатель 1", "ООО «Пример 2»"].map((name, index) => {
    const n = index + 1;
    const made = create(ClientSchema, {
      clientId: newId(),
      etag: "1",
      name,
      kind: n === 1 ? ClientKind.PERSON : ClientKind.COMPANY,
      addresses: [{ kind: AddressKind.PHONE, value: `+7999000000${n}`, display: `+7 999 000-00-0${n}` }],
      createdAt: stamp(Date.now() - 400 * 1440 * MINUTE),
    });
    world.clients.set(made.clientId, made);
    return made;
  });
}

function belongTo({ person }: Conversation, client: Client | undefined): void {
  if (person && client) Object.assign(person, { clientId: client.clientId, clientName: client.name });
}

/** Two requests that were finished before. */
function past(world: World, row: Conversation, by: string): void {
  const request = (n: number, state: RequestState, days: number): Request =>
    create(RequestSchema, { requestId: newId(), number: BigInt(n), conversationId: row.conversationId, state, assigneeEmployeeId: by, receivedAt: stamp(Date.now() - days * 1440 * MINUTE), closedAt: stamp(Date.now() - (days - 1) * 1440 * MINUTE) });
  world.past.set(row.conversationId, [request(311, RequestState.DONE, 40), request(358, RequestState.REJECTED, 12)]);
}

/** Somebody whose every word is meant to do harm; old enough to stand last. */
function corpus(world: World, from: ChannelAccount): void {
  const row = conversation(world, from, 1002, `${CORPUS[0]} corpus`);
  const at = stamp(Date.now() - 300 * 1440 * MINUTE);
  if (row.person) row.person.firstSource = create(SourceSchema, { kind: CORPUS[1], ref: CORPUS[2], url: CORPUS[3], fields: { utm_source: CORPUS[4]!, "first.utm_source": CORPUS[5]! } });
  for (const text of CORPUS) {
    const content = create(ContentSchema, { text, form: [{ name: text, title: text, value: text }], unsupported: text });
    content.attachments = document(world, `${text}.pdf`).attachments;
    world.say(row, { shownAt: at, createdAt: at, content });
  }
  world.say(row, { shownAt: at, createdAt: at, content: create(ContentSchema, { text: "ссылка corpus", spans: [{ style: TextStyle.LINK, offset: 0, length: 6, url: CORPUS[3] }], location: { latitude: 55, longitude: 37, title: CORPUS[0], address: CORPUS[1] }, contactCard: { name: CORPUS[0], phones: [CORPUS[3]!], emails: [CORPUS[3]!] } }) });
}

/** The same person on the site: a filled-in form, where they came from. */
function fromSite(world: World, row: Conversation, me: string): void {
  if (row.person) row.person.firstSource = create(SourceSchema, { kind: "webchat", ref: "Окна и двери", url: "https://shop.example.com/windows", fields: { utm_source: "newsletter", utm_campaign: "autumn", "first.utm_source": "search", "first.utm_medium": "cpc", timezone: "Asia/Vladivostok" } });
  const form = [
    { name: "name", title: "Имя", value: "Покупатель 1" },
    { name: "phone", title: "Телефон", value: "+7 999 000-00-01" },
    { name: "topic", title: "Тема", value: "Доставка" },
  ];
  const at = stamp(Date.now() - 300 * MINUTE);
  world.say(row, { shownAt: at, createdAt: at, content: create(ContentSchema, { form, text: "Сколько стоит доставка за город?" }) });
  assign(world, row, me, 1);
}

function conversation(world: World, from: ChannelAccount, n: number, name: string): Conversation {
  const made = create(ConversationSchema, {
    conversationId: newId(),
    channel: from.channel,
    accountId: from.accountId,
    accountName: from.name,
    person: {
      contactPointId: newId(),
      displayName: name,
      address: `10000000${n}`,
      language: "ru",
      aliases: [
        { kind: AliasKind.USERNAME, value: `customer_${n}` },
        { kind: AliasKind.PHONE, value: `+7 999 000-00-${String(n).padStart(2, "0")}` },
      ],
      firstSource: n === 1 ? { kind: "telegram_start", ref: "autumn" } : undefined,
    },
  });
  world.conversations.set(made.conversationId, made);
  return made;
}

function assign(world: World, row: Conversation, employeeId: string, n: number): void {
  if (!row.request) return;
  row.request.state = RequestState.IN_WORK;
  row.request.assigneeEmployeeId = employeeId;
  row.request.assigneeName = world.employees.get(employeeId)?.name ?? "";
  if (n % 9 === 0) row.request.firstReplyDueAt = stamp(Date.now() - 4 * MINUTE);
  else if (n % 6 === 0) row.request.firstReplyDueAt = stamp(Date.now() + 6 * MINUTE);
}

function filler(world: World, row: Conversation, n: number): void {
  const at = Date.now() - Math.min(n * n * 7, n * 60) * MINUTE;
  const say = (text: string, minutes: number, part: Part = {}): void => void world.say(row, { content: { text }, shownAt: stamp(at + minutes * MINUTE), createdAt: stamp(at + minutes * MINUTE), ...part });
  if (n === 7) say("مرحبا، متى يصل طلبي؟ (Order 1043)", 0);
  else if (n === 8) say("Длинное сообщение. ".repeat(210), 0);
  else say(`Здравствуйте! Подскажите по заказу 10${n}: когда его доставят и можно ли поменять адрес?`, 0);
  if (n % 3 === 0) say("Спасибо", 5);
  if (n === 6) row.blocked = true;
  if (n === 9) say("Не получится #fail", 6, { direction: Direction.OUT, status: MessageStatus.FAILED, failure: { reason: FailureReason.BLOCKED_BY_CLIENT } });
}

/** One conversation in which every kind of message stands. */
function talk(world: World, row: Conversation, me: string, other: string, count: number): void {
  const begin = Date.now() - (700 + count * 4) * MINUTE;
  let minute = 0;
  const say = (part: Part, step = 1): ReturnType<World["say"]> => {
    minute += step;
    const at = stamp(Math.min(Date.now(), begin + minute * MINUTE));
    return world.say(row, { shownAt: at, createdAt: at, ...part });
  };
  const ours = (text: string, status: MessageStatus, part: Part = {}): void => void say({ direction: Direction.OUT, status, authorEmployeeId: me, content: { text }, ...part });
  for (let n = 0; n < count; n += 1) {
    if (n % 3 === 2) ours(`Ответ ${n}: уточняем и вернёмся.`, MessageStatus.READ);
    else say({ content: { text: `Сообщение ${n}. Есть ли окна на балкон, и сколько займёт установка?` } }, 6);
  }
  say({ kind: MessageKind.EVENT, direction: Direction.UNSPECIFIED, event: { what: "started", source: { kind: "telegram_start", ref: "autumn" } } }, 20);
  const question = say({ content: { text: "Здравствуйте! Где мой заказ 1043? Уже третий день жду. Подробности: https://shop.example.com/orders/1043" } }, 600);
  say({ content: image(world, "Вот фото упаковки", 640, 480, 0) }, 1);
  const group = newId();
  for (let n = 1; n <= 5; n += 1) say({ groupKey: group, content: image(world, "", 400, 400, n) }, 0);
  say({ kind: MessageKind.EVENT, direction: Direction.UNSPECIFIED, authorEmployeeId: other, event: { what: "assigned", employeeId: other } });
  say({ kind: MessageKind.NOTE, direction: Direction.OUT, authorEmployeeId: other, content: { text: "Склад ответит до 15:00, @Оператор 1 проверит." } });
  say({ kind: MessageKind.EVENT, direction: Direction.UNSPECIFIED, authorEmployeeId: other, event: { what: "transferred", fromEmployeeId: other, employeeId: me } });
  ours("Добрый день! Проверяю, это займёт пару минут.", MessageStatus.READ, { replyToMessageId: question.messageId });
  ours("Заказ выехал сегодня утром. Номер отправления пришлю следующим сообщением.", MessageStatus.DELIVERED, { authorEmployeeId: other, editedAt: stamp(Date.now() - MINUTE) });
  say({ content: voice(world, 12) });
  say({ content: document(world, "счёт 118 на поставку окон и фурнитуры, исправленный.pdf") });
  say({ content: create(ContentSchema, { location: { latitude: 55.75, longitude: 37.61, title: "Склад", address: "Примерная улица, 1" } }) });
  say({ content: create(ContentSchema, { contactCard: { name: "Покупатель 1", phones: ["+7 999 000-00-01"], emails: ["customer1@shop.example"] } }) });
  say({ content: create(ContentSchema, { unsupported: "poll" }) });
  say({ content: { text: "Передумал, удалите" }, deletedAt: stamp(Date.now()) });
  say({
    content: create(ContentSchema, {
      text: "Жирно, код и ссылка. 👍 Цитата ниже",
      spans: [
        { style: TextStyle.BOLD, offset: 0, length: 5 },
        { style: TextStyle.CODE, offset: 7, length: 3 },
        { style: TextStyle.LINK, offset: 13, length: 6, url: "https://example.com/" },
        { style: TextStyle.QUOTE, offset: 23, length: 12 },
      ],
    }),
  });
  ours("Удобно забрать завтра?", MessageStatus.SENT, { content: create(ContentSchema, { text: "Удобно забрать завтра?", buttons: [{ buttons: [{ title: "Да", data: "y" }, { title: "Нет", data: "n" }] }] }) });
  say({ kind: MessageKind.BUTTON, content: { text: "Да" } });
  ours("Это сообщение не ушло", MessageStatus.FAILED, { failure: { reason: FailureReason.FILE_TOO_LARGE, providerCode: "413", providerText: "Request Entity Too Large" } });
  ours("А про это неизвестно", MessageStatus.UNKNOWN);
  world.marks.set(`${me} ${row.conversationId}`, row.lastSeq);
  say({ content: { text: "👍" } });
  say({ content: { text: "И ещё вопрос: можно ли оплатить картой при получении?" }, reactions: [] });
  assignTo(row, me, world);
}

function assignTo(row: Conversation, employeeId: string, world: World): void {
  assign(world, row, employeeId, 1);
}

function image(world: World, text: string, width: number, height: number, hue: number): Content {
  const attachmentId = newId();
  const bytes = picture(width, height, hue);
  world.files.set(attachmentId, { name: `фото ${hue}.png`, mimeType: "image/png", bytes, width, height });
  return create(ContentSchema, { text, attachments: [{ attachmentId, kind: AttachmentKind.IMAGE, mimeType: "image/png", name: `фото ${hue}.png`, width, height, sizeBytes: BigInt(bytes.length), state: AttachmentState.STORED }] });
}

function voice(world: World, seconds: number): Content {
  const attachmentId = newId();
  const bytes = melody(seconds);
  world.files.set(attachmentId, { name: "", mimeType: "audio/wav", bytes, width: 0, height: 0 });
  return create(ContentSchema, { attachments: [{ attachmentId, kind: AttachmentKind.VOICE, mimeType: "audio/wav", durationMs: seconds * 1000, sizeBytes: BigInt(bytes.length), state: AttachmentState.STORED }] });
}

function document(world: World, name: string): Content {
  const attachmentId = newId();
  world.files.set(attachmentId, { name, mimeType: "application/pdf", bytes: Buffer.from("%PDF-1.4"), width: 0, height: 0 });
  return create(ContentSchema, { attachments: [{ attachmentId, kind: AttachmentKind.DOCUMENT, name, mimeType: "application/pdf", sizeBytes: 120_832n, state: AttachmentState.STORED }] });
}
