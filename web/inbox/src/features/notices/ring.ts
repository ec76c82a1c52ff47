import type { Employee } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { channelTitle } from "../../i18n/channel.ts";
import { t } from "../../i18n/index.ts";
import { nameOf } from "../../i18n/person.ts";
import { serverNow } from "../../rpc/clock.ts";
import { decide, type Moment, strongest } from "./decide.ts";
import type { Told } from "./facts.ts";
import { openOnes } from "./locks.ts";
import { noticePreferences } from "./preferences.ts";
import { addNotice, type Notice } from "./store.ts";
import { play, type ToneName } from "./tones.ts";
import { lineOf, previewOf } from "./words.ts";

export type Open = (notice: Notice) => void;

/** Lists, shows and sounds what a burst of facts is worth: one notice for each conversation, one sound for all. */
export async function ring(facts: readonly Told[], employees: ReadonlyMap<string, Employee>, open: Open): Promise<void> {
  const preferences = noticePreferences();
  const visible = await openOnes();
  const tones: ToneName[] = [];
  for (const told of byConversation(facts)) {
    const moment = momentOf(visible.has(told.conversation.conversationId));
    const decision = decide(told, preferences, moment);
    if (!decision.list) continue;
    const notice = noticeOf(told, employees);
    addNotice(notice);
    if (decision.popup) popUp(notice, preferences.preview, open);
    if (decision.tone !== "none") tones.push(decision.tone);
  }
  if (tones[0]) play(tones[0], preferences.volume);
}

function byConversation(facts: readonly Told[]): Told[] {
  const groups = new Map<string, Told[]>();
  for (const fact of facts) groups.set(fact.conversation.conversationId, [...(groups.get(fact.conversation.conversationId) ?? []), fact]);
  // Of equals the last: the newest message is the one to read.
  return [...groups.values()].flatMap((group) => strongest(group.reverse()) ?? []);
}

function momentOf(onScreen: boolean): Moment {
  const here = new Date();
  return { now: serverNow(), onScreen, weekday: here.getDay() || 7, minute: here.getHours() * 60 + here.getMinutes() };
}

function noticeOf({ kind, conversation, message, at }: Told, employees: ReadonlyMap<string, Employee>): Notice {
  return {
    id: message.messageId,
    kind,
    subjectId: conversation.conversationId,
    channel: conversation.channel,
    title: nameOf(conversation),
    text: kind === "inbound" || kind === "mention" ? previewOf(message) : "",
    by: employees.get(message.authorEmployeeId)?.name ?? "",
    at,
    seq: Number(message.seq),
    read: false,
  };
}

/** The browser's own notification; one for each conversation, the newest replaces the one before. */
export function popUp(notice: Notice, preview: boolean, open: Open): void {
  if (permission() !== "granted") return;
  const secret = !preview && (notice.kind === "inbound" || notice.kind === "mention");
  const body = lineOf(secret ? { ...notice, text: "" } : notice);
  try {
    const shown = new Notification(`${notice.title} · ${notice.channel ? channelTitle(notice.channel) : t("app.name")}`, { body, tag: notice.subjectId, icon: "/favicon.svg", silent: true });
    shown.onclick = () => {
      focus();
      shown.close();
      open(notice);
    };
  } catch {
    // Chrome for Android has notifications of service workers only: the list and the sound remain.
  }
}

export type Permission = NotificationPermission | "unsupported";

export function permission(): Permission {
  return typeof Notification === "undefined" ? "unsupported" : Notification.permission;
}
