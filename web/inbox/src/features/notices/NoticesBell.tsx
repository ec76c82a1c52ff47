import { IconBell } from "@tabler/icons-react";
import { t } from "../../i18n/index.ts";
import { Counter } from "../../ui/Counter.tsx";
import { Flyout } from "../../ui/Flyout.tsx";
import { part } from "../../ui/part.ts";
import { PHONE, useMedia } from "../../ui/useMedia.ts";
import type { Notice } from "./store.ts";
import { useNotices } from "./store.ts";

const NoticeList = part(() => import("./NoticeList.tsx").then(({ NoticeList: component }) => component));

type Props = { className: string | undefined; counterClass: string | undefined; labelClass: string | undefined; onOpen: (notice: Notice) => void };

/** The last fifty, behind a bell with the number that is unread. */
export function NoticesBell({ className, counterClass, labelClass, onOpen }: Props) {
  const unread = useNotices().filter((notice) => !notice.read).length;
  const phone = useMedia(PHONE);
  const label = unread > 0 ? t("notices.bellUnread", { n: unread }) : t("notices.bell");
  return (
    <Flyout
      label={t("notices.bell")}
      place={phone ? "top-end" : "right-end"}
      width={360}
      content={(close) => (
        <NoticeList
          onOpen={(notice) => {
            close();
            onOpen(notice);
          }}
          onClose={close}
        />
      )}
    >
      {(button) => (
        <button type="button" className={className} aria-label={label} title={label} {...button}>
          <IconBell size={20} stroke={1.75} aria-hidden="true" />
          <span className={labelClass} aria-hidden="true">
            {t("notices.bell")}
          </span>
          <span className={counterClass}>
            <Counter n={unread} />
          </span>
        </button>
      )}
    </Flyout>
  );
}
