import { AliasKind } from "../../../gen/okno/channel/v1/inbound_pb.ts";
import type { Conversation, Person } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { clock, zoneClock } from "../../../i18n/format.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { serverNow, useNow } from "../../../rpc/clock.ts";
import { Block, type Line, line, Lines } from "./Block.tsx";
import css from "./CustomerPanel.module.css";

const MINUTE = 60_000;

/** How to reach them, here and elsewhere, and what time it is there. */
export function Contacts({ conversation, person }: { conversation: Conversation; person: Person }) {
  const now = useNow(MINUTE);
  const zone = person.firstSource?.fields["timezone"] ?? person.firstSource?.fields["tz"] ?? "";
  const there = zone && zoneClock(now || serverNow(), zone);
  return (
    <Block name="contacts" title={t("panel.contacts")}>
      <Lines
        lines={[
          ...line("panel.account", `${channelTitle(conversation.channel)} · ${conversation.accountName}`),
          ...line("panel.address", person.address),
          ...line("panel.status", conversation.blocked && t("event.blocked")),
          ...person.aliases.flatMap(aliasLine),
          ...line("panel.language", person.language),
          ...line("panel.localTime", there && there !== clock(now) ? t("panel.timeThere", { time: there, zone }) : ""),
        ]}
      />
    </Block>
  );
}

const LABELS: Partial<Record<AliasKind, Key>> = {
  [AliasKind.PHONE]: "panel.phone",
  [AliasKind.USERNAME]: "panel.username",
  [AliasKind.EMAIL]: "panel.email",
};

function aliasLine({ kind, value, claimed }: Person["aliases"][number]): Line[] {
  const label = LABELS[kind];
  if (!label || !value) return [];
  const shown = kind === AliasKind.PHONE ? <a href={`tel:${value.replace(/[^+\d]/gu, "")}`}>{value}</a> : kind === AliasKind.EMAIL ? <a href={`mailto:${value}`}>{value}</a> : `@${value.replace(/^@/u, "")}`;
  return [
    {
      label: t(label),
      value: (
        <>
          {shown}
          {claimed && <span className={css.meta}>{t("panel.claimed")}</span>}
        </>
      ),
    },
  ];
}
