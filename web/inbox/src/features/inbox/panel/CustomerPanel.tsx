import { IconX } from "@tabler/icons-react";
import { Fragment } from "react";
import type { Conversation, Person } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { t, useT } from "../../../i18n/index.ts";
import { usePreference } from "../../../rpc/preferences.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { nameOf } from "../names.ts";
import { useConversation } from "../queries.ts";
import { ClientBlock } from "./ClientBlock.tsx";
import { Contacts } from "./Contacts.tsx";
import css from "./CustomerPanel.module.css";
import { FormBlock } from "./FormBlock.tsx";
import { type BlockName, orderOf } from "./order.ts";
import { OtherDialogs } from "./OtherDialogs.tsx";
import { OpenRequest, PastRequests } from "./Requests.tsx";
import { SourceBlock } from "./SourceBlock.tsx";

/** One glance: who it is; then how to reach them, what is open, what was before, where they came from, in one's own order. */
export function CustomerPanel({ conversationId, onClose }: { conversationId: string; onClose: () => void }) {
  useT();
  const { data: conversation } = useConversation(conversationId);
  const order = orderOf(usePreference("panel_order"));
  const person = conversation?.person;
  if (!conversation || !person) return null;
  return (
    <>
      <header className={css.head}>
        <Avatar name={nameOf(conversation)} size="lg" channel={conversation.channel} channelTitle={channelTitle(conversation.channel)} />
        <div className={css.who}>
          <h2 className={css.name}>{nameOf(conversation)}</h2>
          <Chip tone={person.clientId ? "green" : "amber"}>{person.clientId ? t("panel.client") : t("panel.unknown")}</Chip>
        </div>
        <IconButton label={t("panel.close")} onClick={onClose}>
          <IconX size={20} stroke={1.75} aria-hidden="true" />
        </IconButton>
      </header>
      <ClientBlock person={person} />
      {order.map((name) => (
        <Fragment key={name}>{blockOf(name, conversation, person)}</Fragment>
      ))}
    </>
  );
}

function blockOf(name: BlockName, conversation: Conversation, person: Person): React.ReactNode {
  switch (name) {
    case "contacts":
      return <Contacts conversation={conversation} person={person} />;
    case "request":
      return <OpenRequest conversation={conversation} />;
    case "dialogs":
      return <OtherDialogs clientId={person.clientId} conversationId={conversation.conversationId} />;
    case "past":
      return <PastRequests conversation={conversation} />;
    case "form":
      return <FormBlock conversationId={conversation.conversationId} />;
    case "source":
      return person.firstSource && <SourceBlock source={person.firstSource} />;
  }
}
