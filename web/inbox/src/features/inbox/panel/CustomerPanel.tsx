import { IconX } from "@tabler/icons-react";
import { AliasKind } from "../../../gen/okno/channel/v1/inbound_pb.ts";
import type { Conversation, Person } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { millis, serverNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { stateName } from "../header/stateName.ts";
import { nameOf } from "../names.ts";
import { useConversation } from "../queries.ts";
import { ClientBlock } from "./ClientBlock.tsx";
import css from "./CustomerPanel.module.css";
import { Why } from "./Why.tsx";

/** One glance: who it is, how to reach them, whose they are, where they came from. */
export function CustomerPanel({ conversationId, onClose }: { conversationId: string; onClose: () => void }) {
  useT();
  const { data: conversation } = useConversation(conversationId);
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
      <Block title={t("panel.contacts")}>
        <Lines lines={contactLines(conversation, person)} />
      </Block>
      {person.firstSource && (
        <Block title={t("panel.source")}>
          <p className={css.plain}>{[person.firstSource.kind, person.firstSource.ref, person.firstSource.url].filter(Boolean).join(" · ")}</p>
        </Block>
      )}
      {conversation.request && (
        <Block title={t("request.number", { number: String(conversation.request.number) })}>
          <RequestLines conversation={conversation} />
          <Why requestId={conversation.request.requestId} />
        </Block>
      )}
    </>
  );
}

function Block({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <details className={css.block} open>
      <summary>{title}</summary>
      {children}
    </details>
  );
}

type Line = readonly [label: Key, value: string];

function Lines({ lines }: { lines: readonly Line[] }) {
  return (
    <dl className={css.lines}>
      {lines.map(([label, value]) => (
        <div key={`${label}${value}`}>
          <dt>{t(label)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const ALIAS_LABELS: Partial<Record<AliasKind, Key>> = {
  [AliasKind.PHONE]: "panel.phone",
  [AliasKind.USERNAME]: "panel.username",
  [AliasKind.EMAIL]: "panel.email",
};

function contactLines(conversation: Conversation, person: Person): Line[] {
  return [
    ["panel.account", `${channelTitle(conversation.channel)} · ${conversation.accountName}`],
    ["panel.address", person.address],
    ...person.aliases.flatMap((alias): Line[] => {
      const label = ALIAS_LABELS[alias.kind];
      return label ? [[label, alias.kind === AliasKind.USERNAME ? `@${alias.value.replace(/^@/u, "")}` : alias.value]] : [];
    }),
    ...(person.language ? [["panel.language", person.language] as const] : []),
  ];
}

function RequestLines({ conversation }: { conversation: Conversation }) {
  const employees = useEmployees();
  const { request } = conversation;
  if (!request) return null;
  const responsible = employees.get(request.assigneeEmployeeId)?.name ?? request.assigneeName;
  return (
    <Lines
      lines={[
        ["panel.status", t(stateName(request.state))],
        ["panel.received", dayAndClock(millis(request.receivedAt), serverNow())],
        ...(responsible ? [["panel.responsible", responsible] as const] : []),
      ]}
    />
  );
}
