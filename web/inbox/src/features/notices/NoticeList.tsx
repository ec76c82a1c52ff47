import { Button } from "@mantine/core";
import { IconBellOff, IconPlugConnectedX, IconSettings } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { channelTitle } from "../../i18n/channel.ts";
import { t, useT } from "../../i18n/index.ts";
import { serverNow } from "../../rpc/clock.ts";
import { ChannelTile } from "../../ui/ChannelTile.tsx";
import { Time } from "../../ui/Time.tsx";
import css from "./notices.module.css";
import { Ask } from "./Ask.tsx";
import { type Notice, readNotices, useNotices } from "./store.ts";
import { lineOf } from "./words.ts";

/** What happened lately and was not on screen; opening a line reads it. */
export function NoticeList({ onOpen, onClose }: { onOpen: (notice: Notice) => void; onClose: () => void }) {
  useT();
  const notices = useNotices();
  const [now] = useState(serverNow);
  const unread = notices.some((notice) => !notice.read);
  return (
    <div className={css.panel}>
      <header className={css.head}>
        <h2>{t("notices.bell")}</h2>
        <Button variant="subtle" size="compact-sm" disabled={!unread} onClick={() => readNotices()}>
          {t("notices.readAll")}
        </Button>
      </header>
      <Ask />
      {notices.length === 0 && (
        <p className={css.none}>
          <IconBellOff size={20} stroke={1.75} aria-hidden="true" /> {t("notices.none")}
        </p>
      )}
      <ul className={css.list} aria-label={t("notices.bell")}>
        {notices.map((notice) => (
          <Row key={notice.id} notice={notice} now={now} onOpen={() => onOpen(notice)} />
        ))}
      </ul>
      <Link to="/settings/notifications" className={css.settings} onClick={onClose}>
        <IconSettings size={16} stroke={1.75} aria-hidden="true" /> {t("notices.settings")}
      </Link>
    </div>
  );
}

function Row({ notice, now, onOpen }: { notice: Notice; now: number; onOpen: () => void }) {
  return (
    <li>
      <button type="button" className={css.row} data-unread={!notice.read || undefined} onClick={onOpen}>
        {notice.kind === "channel" ? <IconPlugConnectedX size={20} stroke={1.75} aria-hidden="true" /> : <ChannelTile channel={notice.channel} title={channelTitle(notice.channel)} />}
        <span className={css.what}>
          <span className={css.title}>{notice.title}</span>
          <span className={css.text}>{lineOf(notice)}</span>
        </span>
        <Time at={notice.at} now={now} className={css.time} />
        {!notice.read && <span className="visually-hidden">{t("notices.unread")}</span>}
      </button>
    </li>
  );
}
