import type { IncomingMessage, ServerResponse } from "node:http";
import { AttachmentKind, AttachmentState } from "../src/gen/okno/channel/v1/content_pb.ts";
import { type Conversation, Direction, MessageKind, MessageStatus } from "../src/gen/okno/inbox/v1/conversation_pb.ts";
import { newId } from "../src/rpc/ids.ts";
import type { World } from "./world.ts";

/** The customer's side, with the addresses of the built-in fake Telegram. */
export function demo(world: World, request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const answer = act(world, request, Buffer.concat(parts));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
}

function act(world: World, request: IncomingMessage, body: Buffer): unknown {
  const path = (request.url ?? "").replace(/\?.*$/u, "");
  const conversation = [...world.conversations.values()][0];
  if (!conversation) return {};
  if (path === "/demo/api/text") {
    const { text } = JSON.parse(body.toString()) as { text: string };
    return { message_id: world.say(conversation, { content: { text } }).messageId };
  }
  // For tests: what the server's watchdog says of an account.
  if (path === "/demo/api/silent") return silence(world, new URL(request.url ?? "", "http://mock").searchParams.get("account") ?? "", body.toString() !== "false");
  if (path === "/demo/api/photo") return photo(world, conversation, request.headers["content-type"] ?? "image/png", body);
  if (path === "/demo/api/typing") world.tell({ what: { case: "typing", value: { conversationId: conversation.conversationId, employeeId: "" } } });
  return { version: String(world.log.length), connected: true, messages: chat(world, conversation) };
}

function silence(world: World, name: string, silent: boolean): unknown {
  const account = [...world.accounts.values()].find((one) => one.name === name);
  if (account?.status) account.status.silent = silent;
  world.event({ what: { case: "channelAccountChanged", value: { accountId: account?.accountId ?? "" } } });
  return {};
}

function photo(world: World, conversation: Conversation, mimeType: string, bytes: Buffer): unknown {
  const attachmentId = newId();
  world.files.set(attachmentId, { name: "photo.png", mimeType, bytes, width: 320, height: 240 });
  const attachments = [{ attachmentId, kind: AttachmentKind.IMAGE, mimeType, width: 320, height: 240, state: AttachmentState.STORED, sizeBytes: BigInt(bytes.length) }];
  return { message_id: world.say(conversation, { content: { attachments } }).messageId };
}

const REACHED = new Set([MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ]);

function chat(world: World, conversation: Conversation): unknown {
  return (world.messages.get(conversation.conversationId) ?? [])
    .filter((message) => message.kind === MessageKind.MESSAGE && (message.direction === Direction.IN || REACHED.has(message.status)))
    .map((message) => ({
      id: message.messageId,
      own: message.direction === Direction.IN,
      text: message.content?.text ?? null,
      photo: message.content?.attachments.find((attachment) => attachment.kind === AttachmentKind.IMAGE)?.attachmentId ?? null,
    }));
}
