import { clone, create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import type { TemplateMessage } from "../../src/gen/okno/channel/v1/content_pb.ts";
import { type ChannelTemplate, ChannelTemplateSchema, TemplateApproval, TemplateButtonKind, TemplateHeaderKind, TemplatePlace } from "../../src/gen/okno/channel/v1/template_pb.ts";
import { ChannelAccountSchema } from "../../src/gen/okno/inbox/v1/channel_account_service_pb.ts";
import type { Conversation } from "../../src/gen/okno/inbox/v1/conversation_pb.ts";
import { ChannelTemplateService } from "../../src/gen/okno/inbox/v1/channel_template_service_pb.ts";
import { readAs } from "../../src/features/inbox/templates/filled.ts";
import { newId } from "../../src/rpc/ids.ts";
import { refuse, stamp, type World } from "../world.ts";
import { page } from "./page.ts";

const body = (n: number, example: string) => ({ name: `body.${n}`, place: TemplatePlace.BODY, example });
const APPROVED: readonly ChannelTemplate[] = [
  {
    name: "order_ready",
    headerKind: TemplateHeaderKind.TEXT,
    headerText: "Заказ {{header.1}}",
    body: "{{body.1}}, ваш заказ {{header.1}} собран и ждёт в пункте выдачи до {{body.2}}.",
    footer: "Пункт выдачи открыт с 10 до 21",
    buttons: [{ kind: TemplateButtonKind.REPLY, title: "Приду сегодня" }, { kind: TemplateButtonKind.URL, title: "Как добраться", url: "https://shop.example/pickup" }],
    variables: [{ name: "header.1", place: TemplatePlace.HEADER, example: "1042" }, body(1, "Анна"), body(2, "пятницы")],
  },
  { name: "payment_reminder", body: "{{body.1}}, оплатите заказ, чтобы мы его отправили.", variables: [body(1, "Анна")] },
  { name: "sale_picture", category: "MARKETING", headerKind: TemplateHeaderKind.IMAGE, body: "Скидки до конца недели.", variables: [] },
  { name: "we_called", body: "Мы звонили вам и не дозвонились. Когда удобно поговорить?", variables: [] },
].map((template) => create(ChannelTemplateSchema, { language: "ru", category: "UTILITY", approval: TemplateApproval.APPROVED, ...template }));
const REFUSED = create(ChannelTemplateSchema, { name: "too_loud", language: "ru", category: "MARKETING", approval: TemplateApproval.REJECTED, approvalNote: "INVALID_FORMAT", body: "СКИДКИ!!!" });

const UNFILLABLE = create(ChannelTemplateSchema, { name: "carousel", language: "ru", category: "MARKETING", approval: TemplateApproval.APPROVED, headerKind: TemplateHeaderKind.OTHER, body: "Листайте" });

/** The templates of accounts that have any. */
export function templates(router: ConnectRouter, world: World): void {
  const begun = Date.now() - 600_000;
  const listed = new Map<string, number>();
  router.service(ChannelTemplateService, {
    listChannelTemplates(request) {
      if (!world.accounts.has(request.accountId)) throw refuse("ACCOUNT_NOT_FOUND", Code.NotFound);
      const words = request.query.toLowerCase();
      const all = world.accounts.get(request.accountId)?.capabilities?.templates ? [...APPROVED, REFUSED, UNFILLABLE] : [];
      const found = all.filter((template) => (!request.onlyApproved || template.approval === TemplateApproval.APPROVED) && `${template.name} ${template.headerText} ${template.body}`.toLowerCase().includes(words));
      const { items, nextPageToken } = page(found, request);
      return { templates: items, nextPageToken, listedAt: stamp(listed.get(request.accountId) ?? begun) };
    },
    refreshChannelTemplates({ accountId }) {
      listed.set(accountId, Date.now());
      return {};
    },
  });
}

/** How a template reads; refused like the real router refuses. */
export function textOf(message: TemplateMessage): string {
  const template = APPROVED.find(({ name, language }) => name === message.name && language === message.language);
  if (!template) throw refuse("TEMPLATE_NOT_FOUND", Code.NotFound, { name: message.name });
  const values = Object.fromEntries(message.values.map(({ variable, value }) => [variable, value]));
  const gap = template.variables.find(({ name }) => !values[name]?.trim());
  if (gap) throw refuse("TEMPLATE_GAP", Code.FailedPrecondition, { name: message.name, variable: gap.name });
  return readAs(template, values);
}

/** From now on this dialog is one of a channel with a reply window, which is over: "#window" in a reply. */
export function closeWindow(world: World, conversation: Conversation): void {
  const known = world.accounts.get(conversation.accountId);
  if (!known) return;
  const account = clone(ChannelAccountSchema, known);
  account.accountId = newId();
  if (account.capabilities) account.capabilities.templates = true;
  world.accounts.set(account.accountId, account);
  conversation.accountId = account.accountId;
  conversation.replyUntil = stamp(Date.now() - 3_600_000);
  world.changed(conversation, []);
}
