import { IconArrowBackUp, IconArrowBackUpDouble, IconArrowForwardUp, IconDots } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import type { Letter as Head } from "../../../gen/okno/channel/v1/content_pb.ts";
import { Direction, type Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t, withTexts } from "../../../i18n/index.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { part } from "../../../ui/part.ts";
import { toast } from "../../../ui/toasts.ts";
import { useAccount } from "../queries.ts";
import { useThread } from "../thread/context.ts";
import { isOut } from "../thread/MessageActions.tsx";
import css from "./Letter.module.css";
import { beginAnswer, beginPassingOn } from "./write/begin.ts";

const Source = part(() => withTexts(import("./Source.tsx"), "letters").then(({ Source: component }) => component));

type Props = { message: Message; head: Head; asText: boolean; onAsText: (asText: boolean) => void };

/** What can be done with an open letter. */
export function Actions({ message, head, asText, onAsText }: Props) {
  const { conversation, capabilities, reply } = useThread();
  const own = useAccount(conversation.accountId)?.status?.identity ?? "";
  const [source, setSource] = useState(false);
  const text = message.content?.text ?? "";
  const answers = conversation.canReply && (capabilities?.letters ?? false) && (message.direction === Direction.IN || isOut(message));
  const answer = (all: boolean): void => {
    beginAnswer(message, head, all, own);
    reply(message);
  };
  const passOn = (): void => beginPassingOn(message, head, capabilities);
  // Of several open letters the last one is meant.
  useCommand("conversation.replyAll", () => answer(true), { enabled: answers });
  useCommand("conversation.forward", passOn, { enabled: answers });
  const items = (): MenuItem[] => [
    ...(head.htmlFileId ? [{ kind: "action" as const, label: asText ? t("letter.asLetter") : t("letter.asText"), run: () => onAsText(!asText) }] : []),
    ...(text ? [{ kind: "action" as const, label: t("message.copyText"), run: () => void copy(text) }] : []),
    ...(head.rawFileId ? [{ kind: "action" as const, label: t("letter.source"), run: () => setSource(true) }] : []),
  ];
  const look = { size: 16, stroke: 1.75, "aria-hidden": true } as const;
  return (
    <span className={css.actions} role="toolbar" aria-label={t("letter.actions")}>
      {answers && (
        <>
          <IconButton small label={t("message.reply")} title={`${t("message.reply")} ${keyOf("conversation.reply")}`} onClick={() => answer(false)}>
            <IconArrowBackUp {...look} />
          </IconButton>
          <IconButton small label={t("write.replyAll")} title={`${t("write.replyAll")} ${keyOf("conversation.replyAll")}`} onClick={() => answer(true)}>
            <IconArrowBackUpDouble {...look} />
          </IconButton>
          <IconButton small label={t("write.forward")} title={`${t("write.forward")} ${keyOf("conversation.forward")}`} onClick={passOn}>
            <IconArrowForwardUp {...look} />
          </IconButton>
        </>
      )}
      {items().length > 0 && (
        <Menu label={t("action.more")} items={items}>
          {(button) => (
            <IconButton small label={t("action.more")} {...button}>
              <IconDots {...look} />
            </IconButton>
          )}
        </Menu>
      )}
      {source && (
        <Suspense>
          <Source fileId={head.rawFileId} onClose={() => setSource(false)} />
        </Suspense>
      )}
    </span>
  );
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  toast(t("action.copied"));
}
