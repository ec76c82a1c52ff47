import { IconInbox, IconListDetails, IconNote, IconPaperclip, IconPencil, IconPin, IconPinFilled, IconWorld, type TablerIcon } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type FeedEntry, type FeedFile, FeedKind, FeedState } from "../../../gen/okno/crm/v1/feed_service_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { clock, dayAndClock, duration, fileSize } from "../../../i18n/format.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { millis } from "../../../rpc/clock.ts";
import { fileUrl } from "../../../rpc/upload.ts";
import { ChannelTile } from "../../../ui/ChannelTile.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import { cx } from "../../../ui/cx.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { ChangeText } from "../card/ChangeText.tsx";
import type { Names } from "../useSay.ts";
import css from "./feed.module.css";

export type Known = {
  clientId: string;
  names: Names;
  /** Of the client's people, by id. */
  contacts: ReadonlyMap<string, string>;
  pin: (entryId: string, pinned: boolean) => void;
  now: number;
};

type Props = { entry: FeedEntry; known: Known; dated: boolean };

const ICONS: Readonly<Record<number, TablerIcon>> = { [FeedKind.NOTE]: IconNote, [FeedKind.REQUEST]: IconInbox, [FeedKind.CHANGE]: IconPencil, [FeedKind.FILE]: IconPaperclip, [FeedKind.VISIT]: IconWorld };
const OUT = "2";

/** One thing that happened, or is to happen: who, what, when; its own pin at the end. */
export function Entry({ entry, known, dated }: Props) {
  const at = millis(entry.at);
  const channel = entry.facts["channel"];
  const Icon = ICONS[entry.kind] ?? IconListDetails;
  const title = titleOf(entry);
  return (
    <li className={css.entry} data-note={entry.kind === FeedKind.NOTE || undefined} data-off={entry.state === FeedState.CANCELLED || undefined}>
      <span className={css.mark}>{entry.kind === FeedKind.MESSAGE && channel ? <ChannelTile channel={channel} title={channelTitle(channel)} /> : <Icon size={20} stroke={1.75} aria-hidden="true" />}</span>
      <div className={css.body}>
        <p className={css.head}>
          <span className={css.who}>{whoOf(entry, known)}</span>
          <span className={css.what}>{entry.conversationId ? <ToDialog entry={entry}>{title}</ToDialog> : title}</span>
          <time className={css.when} dateTime={new Date(at).toISOString()}>
            {dated ? dayAndClock(at, known.now) : clock(at)}
          </time>
        </p>
        <Content entry={entry} known={known} />
        {entry.files.length > 0 && (
          <ul className={css.files} aria-label={t("feed.files")}>
            {entry.files.map((file) => (
              <File key={file.attachmentId} file={file} />
            ))}
          </ul>
        )}
      </div>
      <PinButton entry={entry} title={title} known={known} />
    </li>
  );
}

function PinButton({ entry, title, known }: { entry: FeedEntry; title: string; known: Known }) {
  const Icon = entry.pinned ? IconPinFilled : IconPin;
  const name = [title, entry.text.slice(0, 40)].filter(Boolean).join(": ");
  return (
    <IconButton small className={css.pin} aria-pressed={entry.pinned} label={t(entry.pinned ? "feed.unpin" : "feed.pin", { name })} onClick={() => known.pin(entry.entryId, !entry.pinned)}>
      <Icon size={16} stroke={1.75} aria-hidden="true" />
    </IconButton>
  );
}

/** Opens the dialog, at the message where it is one. */
function ToDialog({ entry, children }: { entry: FeedEntry; children: React.ReactNode }) {
  const seq = Number(entry.facts["seq"] ?? 0);
  return (
    <Link to="/inbox/$view/$conversationId" params={{ view: "all", conversationId: entry.conversationId }} search={seq > 0 ? { m: seq } : {}} className={css.link}>
      {children}
    </Link>
  );
}

function titleOf({ kind, state, facts }: FeedEntry): string {
  switch (kind) {
    case FeedKind.MESSAGE:
      if (state === FeedState.PLANNED) return t("feed.toBeSent");
      if (state === FeedState.CANCELLED) return t("feed.notSent");
      return t(facts["direction"] === OUT ? "feed.sent" : "feed.received");
    case FeedKind.NOTE:
      return t("feed.noted");
    case FeedKind.REQUEST:
      return t("feed.request", { n: facts["number"] ?? "" });
    case FeedKind.CHANGE:
      return t("feed.changed");
    case FeedKind.VISIT:
      return [t("feed.visited", { n: Number(facts["pages"] ?? 0) }), facts["referrer_host"] && t("feed.visitFrom", { host: facts["referrer_host"] }), facts["utm_source"], duration(Number(facts["seconds"] ?? 0) * 1000)].filter(Boolean).join(" · ");
    default:
      return t("feed.other");
  }
}

function whoOf({ kind, employeeId, facts }: FeedEntry, { names }: Known): string {
  if (employeeId) return names.employees.get(employeeId)?.name ?? "…";
  if (kind === FeedKind.REQUEST) return t("feed.nobody");
  if (kind === FeedKind.CHANGE) return t("clients.bySystem");
  return facts["author"] || t(facts["direction"] === OUT ? "clients.bySystem" : "feed.theClient");
}

function Content({ entry, known }: { entry: FeedEntry; known: Known }) {
  const { facts } = entry;
  if (entry.kind === FeedKind.CHANGE) {
    const merged = facts["client_id"] !== known.clientId && !facts["contact_id"];
    const whose = merged ? t("feed.ofMerged") : (known.contacts.get(facts["contact_id"] ?? "") ?? "");
    return (
      <p className={css.text}>
        <ChangeText change={{ field: facts["field"] ?? "", customFieldId: facts["custom_field_id"] ?? "", oldValues: entry.oldValues, newValues: entry.newValues }} whose={whose} names={known.names} />
      </p>
    );
  }
  if (facts["deleted"]) return <p className={css.gone}>{t("feed.deleted")}</p>;
  return (
    <>
      {entry.kind === FeedKind.REQUEST && <RequestState state={facts["state"] ?? ""} />}
      {entry.text && <Text entry={entry} />}
    </>
  );
}

// By the numbers of okno.inbox.v1.RequestState.
const STATES: Readonly<Record<string, readonly [Key, "accent" | "amber" | "green" | "gray"]>> = {
  1: ["feed.state.waits", "amber"],
  2: ["feed.state.assigned", "accent"],
  3: ["feed.state.inWork", "accent"],
  4: ["feed.state.postponed", "gray"],
  5: ["feed.state.done", "green"],
  6: ["feed.state.rejected", "gray"],
};

function RequestState({ state }: { state: string }) {
  const known = STATES[state];
  return known ? (
    <p>
      <Chip tone={known[1]}>{t(known[0])}</Chip>
    </p>
  ) : null;
}

const LONG = 320;

/** A long one unfolds in its place; of the longest the dialog has the rest. */
function Text({ entry }: { entry: FeedEntry }) {
  const [whole, setWhole] = useState(false);
  const { text, textCut } = entry;
  const long = text.length > LONG || text.split("\n").length > 6;
  return (
    <>
      <p className={cx(css.text, long && !whole && css.folded)}>
        {text}
        {textCut && "…"}
      </p>
      {long && (
        <button type="button" className={css.unfold} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {t(whole ? "feed.fold" : "feed.unfold")}
        </button>
      )}
    </>
  );
}

function File({ file }: { file: FeedFile }) {
  const name = file.name || t("feed.file");
  return (
    <li>
      <a className={css.file} href={`${fileUrl(file.attachmentId)}?download`} download={name}>
        <IconPaperclip size={14} stroke={1.75} aria-hidden="true" />
        <span className={css.fileName}>{name}</span>
        {file.sizeBytes > 0n && <span className={css.size}>{fileSize(Number(file.sizeBytes))}</span>}
      </a>
    </li>
  );
}
