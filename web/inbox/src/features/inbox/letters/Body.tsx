import { Button } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Content, Letter as Head } from "../../../gen/okno/channel/v1/content_pb.ts";
import type { Message } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t } from "../../../i18n/index.ts";
import { Strip } from "../../../ui/Strip.tsx";
import { Files } from "./Files.tsx";
import { foldText } from "./fold.ts";
import { Frame } from "./Frame.tsx";
import { type Framed, framed } from "./frame.ts";
import css from "./Letter.module.css";
import { useMarkup } from "./markup.ts";
import { filesOf, shownFiles } from "./parts.ts";

/** Letters whose pictures on other servers the reader wanted to see, while the tab lives. */
const allowed = new Set<string>();

type Props = { message: Message; head: Head; asText: boolean };

/** What a letter says, and what goes along. */
export function Body({ message, head, asText }: Props) {
  const { content, messageId } = message;
  const [pictures, setPictures] = useState(() => allowed.has(messageId));
  const [unfolded, setUnfolded] = useState(false);
  const { data: html, isError, refetch } = useMarkup(asText ? "" : head.htmlFileId);
  const laidOut = useMemo(() => (html !== undefined && content ? letterOf(html, content, head, pictures) : undefined), [html, content, head, pictures]);
  const { own, rest } = foldText(content?.text ?? "", head.foldedFrom);
  const plain = asText || !head.htmlFileId || isError;
  const folds = plain ? rest !== "" : (laidOut?.folded ?? false);
  const show = (): void => {
    allowed.add(messageId);
    setPictures(true);
  };
  return (
    <>
      {isError && (
        <Strip tone="amber" actions={<Again run={() => void refetch()} />}>
          {t("letter.viewFailed")}
        </Strip>
      )}
      {!plain && laidOut && laidOut.hiddenPictures > 0 && <Strip actions={<ShowPictures run={show} />}>{t("letter.hidden")}</Strip>}
      {plain && (
        <div className={css.text} dir="auto">
          {own || (content?.attachments.length ? "" : t("message.nothing"))}
          {unfolded && rest && <div className={css.rest}>{rest}</div>}
        </div>
      )}
      {!plain && (laidOut ? <Frame messageId={messageId} title={t("letter.frame", { subject: head.subject || t("letter.noSubject") })} srcdoc={laidOut.srcdoc} unfolded={unfolded} /> : <div className={css.waiting} />)}
      {folds && (
        <button type="button" className={css.more} aria-expanded={unfolded} aria-label={unfolded ? t("letter.quoteHide") : t("letter.quote")} title={unfolded ? t("letter.quoteHide") : t("letter.quote")} onClick={() => setUnfolded(!unfolded)}>
          <IconDots size={16} stroke={1.75} aria-hidden="true" />
        </button>
      )}
      {content?.unsupported && <p className={css.left}>{content.unsupported}</p>}
      {content && <Files files={filesOf(content)} />}
    </>
  );
}

function letterOf(html: string, content: Content, head: Head, pictures: boolean): Framed {
  const own = head.foldedFrom > 0 ? foldText(content.text, head.foldedFrom).own : "";
  return framed({ html, htmlFileId: head.htmlFileId, shown: shownFiles(content), own, pictures });
}

function ShowPictures({ run }: { run: () => void }) {
  return (
    <Button size="compact-sm" variant="default" onClick={run}>
      {t("letter.showPictures")}
    </Button>
  );
}

function Again({ run }: { run: () => void }) {
  return (
    <Button size="compact-sm" variant="default" onClick={run}>
      {t("action.retry")}
    </Button>
  );
}
