import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { AttachmentKind, AttachmentState, AutomaticLetter, type Content, ContentSchema, type LetterSchema } from "../src/gen/okno/channel/v1/content_pb.ts";
import { CapabilitiesSchema, TextUnit } from "../src/gen/okno/channel/v1/gateway_pb.ts";
import { AccountHealth } from "../src/gen/okno/channel/v1/inbound_pb.ts";
import { type ChannelAccount, ChannelAccountSchema } from "../src/gen/okno/inbox/v1/channel_account_service_pb.ts";
import { type Conversation, ConversationSchema, Direction, MessageStatus, RequestState } from "../src/gen/okno/inbox/v1/conversation_pb.ts";
import { newId } from "../src/rpc/ids.ts";
import { picture } from "../../testing/picture.ts";
import { hostileLetters } from "./hostile.ts";
import { type Part, stamp, type World } from "./world.ts";

// A mailbox and its letters, for MOCK_LETTERS=1: other tests count rows that stand without them.

const MINUTE = 60_000;
const OURS = { address: "sales@example.com", name: "Отдел продаж" };
const SERGEY = { address: "sergey@client.example", name: "Сергей" };
const VERA = { address: "vera@client.example", name: "Вера, бухгалтерия" };

const CAPABILITIES = create(CapabilitiesSchema, {
  textLimit: 100_000,
  textUnit: TextUnit.CODE_POINTS,
  captionLimit: 100_000,
  albumMax: 20,
  media: [AttachmentKind.IMAGE, AttachmentKind.VIDEO, AttachmentKind.AUDIO, AttachmentKind.DOCUMENT].map((kind) => ({ kind, maxBytes: 18n * 1024n * 1024n })),
  replies: true,
  writesFirst: true,
  letters: true,
});

/** `tracker` is where hostile letters want to be seen. */
export function letters(world: World, me: string, tracker: string): void {
  const mailbox = create(ChannelAccountSchema, { accountId: newId(), channel: "email", name: "Почта отдела продаж", etag: "1", enabled: true, isRequestSource: true, signature: "{{name}}\nОтдел продаж", capabilities: CAPABILITIES, status: { health: AccountHealth.CONNECTED, identity: OURS.address } });
  world.accounts.set(mailbox.accountId, mailbox);
  thread(world, mailbox, me);
  forged(world, mailbox);
  hostile(world, mailbox, tracker);
}

function thread(world: World, mailbox: ChannelAccount, me: string): void {
  const row = from(world, mailbox, SERGEY);
  const first = "Здравствуйте!\n\nПришлите, пожалуйста, счёт на поставку и акт за октябрь.\n\nС уважением,\nСергей\n";
  say(world, row, 60 * 26, { text: first }, { subject: "Счёт 118 на поставку", from: SERGEY, to: [OURS], cc: [VERA], foldedFrom: first.indexOf("С уважением") });
  const answer = "Добрый день, Сергей! Счёт во вложении, акт пришлю вечером.";
  const sent = { direction: Direction.OUT, status: MessageStatus.DELIVERED, authorEmployeeId: me };
  say(world, row, 60 * 25, { text: answer, attachments: [file(world, "Счёт 118.pdf", "application/pdf", 120_480)] }, { subject: "Re: Счёт 118 на поставку", to: [SERGEY], cc: [VERA] }, sent, `<p>Добрый день, <b>Сергей</b>!</p><p>Счёт во вложении, акт пришлю вечером.</p>`);
  say(world, row, 60 * 24, { text: "Я в отпуске до 30 ноября. По срочным вопросам пишите Вере." }, { subject: "Автоответ: Счёт 118 на поставку", from: SERGEY, to: [OURS], automatic: AutomaticLetter.REPLY });
  const own = "Спасибо, счёт получили!\n\nНо в акте другая сумма, посмотрите таблицу.\n\nПозиция | По счёту | По акту\nПрофиль оконный | 84 000 ₽ | 84 000 ₽\nДоставка | 6 000 ₽ | 7 500 ₽\n";
  const text = `${own}\n-- \nСергей, отдел закупок\n\n23.11.2026, 14:20, Отдел продаж:\n> Добрый день, Сергей! Счёт во вложении.\n`;
  const logo = file(world, "logo.png", "image/png");
  const content = { text, attachments: [file(world, "Сверка.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 48_128), file(world, "Фото накладной.png", "image/png"), logo] };
  const verdicts = ["spf", "dkim", "dmarc"].map((method) => ({ method, result: "pass", domain: "client.example" }));
  const head = { subject: "Re: Счёт 118 на поставку", from: SERGEY, to: [OURS], cc: [VERA], foldedFrom: own.length, verdicts, inline: [{ contentId: "logo@client.example", fileId: logo.attachmentId }] };
  say(world, row, 12, content, head, {}, RICH);
}

const RICH = `<div style="font-family:Arial,sans-serif"><p>Спасибо, счёт получили!</p><p>Но в акте другая сумма, посмотрите таблицу.</p>
<p><img data-src="https://pictures.client.example/banner.png?for=sales%40example.com&amp;n=1" alt="Акция" width="320" height="60"><img data-src="https://count.client.example/seen.gif" width="1" height="1" alt=""></p>
<table border="1" cellpadding="6" style="border-collapse:collapse"><tr><th>Позиция</th><th>По счёту</th><th>По акту</th></tr><tr><td>Профиль оконный</td><td>84 000 ₽</td><td>84 000 ₽</td></tr><tr><td>Доставка</td><td>6 000 ₽</td><td>7 500 ₽</td></tr></table>
<p>-- <br>Сергей, отдел закупок<br><img src="cid:logo%40client.example" alt="Логотип" width="120" height="90"></p>
<blockquote>23.11.2026, 14:20, Отдел продаж:<br>Добрый день, Сергей! Счёт во вложении.</blockquote></div>`;

function forged(world: World, mailbox: ChannelAccount): void {
  const who = { address: "boss@client.example", name: "Руководитель" };
  const row = from(world, mailbox, who);
  const verdicts = [{ method: "spf", result: "softfail", domain: "other.example" }, { method: "dkim", result: "none", domain: "" }, { method: "dmarc", result: "fail", domain: "client.example" }];
  say(world, row, 30, { text: "Срочно оплатите новый счёт по ссылке https://pay.other.example/118" }, { subject: "Срочно: новые реквизиты", from: who, to: [OURS], verdicts });
}

function hostile(world: World, mailbox: ChannelAccount, tracker: string): void {
  const who = { address: "evil@example.net", name: `<img src=x onerror="ran=1"> hostile` };
  const row = from(world, mailbox, who);
  hostileLetters(tracker).forEach((html, index) => say(world, row, 400 - index, { text: `hostile ${index}` }, { subject: `<script>ran=1</script> ${index}`, from: who, to: [OURS] }, {}, html));
}

function from(world: World, mailbox: ChannelAccount, who: { address: string; name: string }): Conversation {
  const made = create(ConversationSchema, { conversationId: newId(), channel: "email", accountId: mailbox.accountId, accountName: mailbox.name, unlinked: true, person: { contactPointId: newId(), displayName: who.name, address: who.address, language: "ru" } });
  world.conversations.set(made.conversationId, made);
  return made;
}

type Head = MessageInitShape<typeof LetterSchema>;
type Said = MessageInitShape<typeof ContentSchema>;

function say(world: World, row: Conversation, ago: number, content: Said, head: Head, part: Part = {}, html?: string): void {
  const markup = html === undefined ? undefined : file(world, "letter.html", "text/html", 0, Buffer.from(html));
  const source = file(world, "letter.eml", "message/rfc822", 0, Buffer.from(`From: ${row.person?.address}\r\nSubject: ${head.subject}\r\n\r\n${content.text}\r\n`));
  const letter = { ...head, htmlFileId: markup?.attachmentId ?? "", rawFileId: source.attachmentId };
  const attachments = [...(content.attachments ?? []), ...(markup ? [markup] : []), source];
  const at = stamp(Date.now() - ago * MINUTE);
  const whole: Content = create(ContentSchema, { ...content, attachments, letter } as Said);
  world.say(row, { shownAt: at, createdAt: at, content: whole, ...part });
  if (row.request && row.request.state === RequestState.UNASSIGNED && part.authorEmployeeId) Object.assign(row.request, { state: RequestState.IN_WORK, assigneeEmployeeId: part.authorEmployeeId, assigneeName: world.employees.get(part.authorEmployeeId)?.name ?? "" });
}

function file(world: World, name: string, mimeType: string, size = 0, bytes?: Buffer) {
  const attachmentId = newId();
  const seen = mimeType.startsWith("image/");
  const held = bytes ?? (seen ? picture(320, 240, 2) : Buffer.alloc(size));
  world.files.set(attachmentId, { name, mimeType, bytes: held, width: seen ? 320 : 0, height: seen ? 240 : 0 });
  const within = mimeType === "text/html" || mimeType === "message/rfc822";
  const kind = within ? AttachmentKind.UNSPECIFIED : seen ? AttachmentKind.IMAGE : AttachmentKind.DOCUMENT;
  return { attachmentId, kind, name, mimeType, sizeBytes: BigInt(held.length), width: seen ? 320 : 0, height: seen ? 240 : 0, state: AttachmentState.STORED };
}
