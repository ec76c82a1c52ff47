import { IconDownload, IconFile, IconPhotoOff } from "@tabler/icons-react";
import { Suspense } from "react";
import { type Attachment, AttachmentKind, AttachmentState } from "../../../gen/okno/channel/v1/content_pb.ts";
import { fileSize, playTime } from "../../../i18n/format.ts";
import { useT, withTexts } from "../../../i18n/index.ts";
import { fileUrl } from "../../../rpc/upload.ts";
import { cx } from "../../../ui/cx.ts";
import { part } from "../../../ui/part.ts";
import { attachmentName } from "../names.ts";
import css from "./Media.module.css";
import { isPicture } from "./pictures.ts";

const VoicePlayer = part(() => withTexts(import("./VoicePlayer.tsx"), "work").then(({ VoicePlayer: component }) => component), { ahead: true });

const Video = part(() => withTexts(import("./Video.tsx"), "work").then(({ Video: component }) => component), { ahead: true });

const WIDEST = 320;
const TALLEST = 320;
const SHOWN_IN_ALBUM = 4;

type Show = (attachmentId: string) => void;

/** Pictures side by side, everything else below each other. A picture opens by `show`. */
export function Attachments({ attachments, show }: { attachments: readonly Attachment[]; show: Show }) {
  const t = useT();
  const pictures = attachments.filter(isPicture);
  const others = attachments.filter((attachment) => !isPicture(attachment));
  const hidden = pictures.length - SHOWN_IN_ALBUM;
  return (
    <>
      {pictures.length === 1 && pictures[0] && <Picture attachment={pictures[0]} show={show} />}
      {pictures.length > 1 && (
        <div className={css.album} role="group" aria-label={t("message.album", { n: pictures.length })}>
          {pictures.slice(0, SHOWN_IN_ALBUM).map((attachment, index) => (
            <Picture key={attachment.attachmentId} attachment={attachment} show={show} more={index === SHOWN_IN_ALBUM - 1 ? hidden : 0} square />
          ))}
        </div>
      )}
      {others.map((attachment) => (
        <Other key={attachment.attachmentId} attachment={attachment} />
      ))}
    </>
  );
}

function Picture({ attachment, show, more = 0, square = false }: { attachment: Attachment; show: Show; more?: number; square?: boolean }) {
  const t = useT();
  const stored = attachment.state === AttachmentState.STORED;
  const name = attachment.name || t("message.photo");
  const box = square ? undefined : boxOf(attachment);
  if (!stored) return <Missing attachment={attachment} box={box} />;
  return (
    <button type="button" className={cx(css.picture, square && css.square)} style={box} aria-label={more > 0 ? `${t("message.open", { name })}, ${t("message.more", { n: more })}` : t("message.open", { name })} onClick={() => show(attachment.attachmentId)}>
      <img src={fileUrl(attachment.attachmentId)} alt="" loading="lazy" decoding="async" />
      {more > 0 && <span className={css.more}>{t("message.more", { n: more })}</span>}
    </button>
  );
}

/** The place that a picture will take, from the sizes in the message; 4:3 when they are unknown. */
function boxOf({ width, height }: Attachment): { width: number; aspectRatio: string; maxWidth: string } {
  const [w, h] = width && height ? [width, height] : [4, 3];
  const scale = width && height ? Math.min(1, WIDEST / w, TALLEST / h) : 240 / h;
  return { width: Math.max(96, Math.round(w * scale)), aspectRatio: `${w} / ${h}`, maxWidth: "100%" };
}

function Other({ attachment }: { attachment: Attachment }) {
  const t = useT();
  const { kind, attachmentId, durationMs } = attachment;
  if (attachment.state !== AttachmentState.STORED) return <Missing attachment={attachment} />;
  const url = fileUrl(attachmentId);
  const label = durationMs ? `${attachmentName(kind)}, ${playTime(durationMs)}` : attachmentName(kind);
  switch (kind) {
    case AttachmentKind.VOICE:
      return (
        <Suspense fallback={<div className={css.voice} />}>
          <VoicePlayer url={url} durationMs={durationMs} label={label} />
        </Suspense>
      );
    case AttachmentKind.AUDIO:
      return (
        <div className={css.sound}>
          <span className={css.soundName}>{attachment.name || label}</span>
          <audio controls preload="none" src={url} aria-label={label} />
        </div>
      );
    case AttachmentKind.VIDEO:
    case AttachmentKind.ANIMATION:
    case AttachmentKind.VIDEO_NOTE:
      return (
        <Suspense fallback={<div className={cx(css.film, kind === AttachmentKind.VIDEO_NOTE && css.round)} style={boxOf(attachment)} />}>
          <Video url={url} label={label} durationMs={durationMs} round={kind === AttachmentKind.VIDEO_NOTE} box={boxOf(attachment)} instead={<FileCard attachment={attachment} />} />
        </Suspense>
      );
    case AttachmentKind.STICKER:
      if (/^image\/|^$/u.test(attachment.mimeType)) return <img className={css.sticker} src={url} alt={t("kind.sticker")} loading="lazy" />;
      return <FileCard attachment={attachment} />;
    default:
      return <FileCard attachment={attachment} />;
  }
}

function FileCard({ attachment }: { attachment: Attachment }) {
  const t = useT();
  const name = attachment.name || attachmentName(attachment.kind);
  return (
    <a className={css.file} href={fileUrl(attachment.attachmentId)} download={name} aria-label={t("message.download", { name })}>
      <IconFile size={20} stroke={1.75} aria-hidden="true" />
      <span className={css.fileName}>
        <span className={css.name} title={name}>
          {name}
        </span>
        {attachment.sizeBytes > 0n && <span className={css.size}>{fileSize(Number(attachment.sizeBytes))}</span>}
      </span>
      <IconDownload size={16} stroke={1.75} aria-hidden="true" />
    </a>
  );
}

/** Not here yet, or never: it says so, and keeps its place. */
function Missing({ attachment, box }: { attachment: Attachment; box?: React.CSSProperties | undefined }) {
  const t = useT();
  const words = { [AttachmentState.TOO_LARGE]: t("message.tooLarge"), [AttachmentState.FAILED]: t("message.fileFailed") }[attachment.state as number] ?? t("message.pending");
  const lost = attachment.state === AttachmentState.FAILED || attachment.state === AttachmentState.TOO_LARGE;
  return (
    <div className={css.missing} style={box} title={attachment.problem || undefined}>
      {lost ? <IconPhotoOff size={20} stroke={1.75} aria-hidden="true" /> : <IconFile size={20} stroke={1.75} aria-hidden="true" />}
      <span>
        {attachment.name || attachmentName(attachment.kind)}
        {attachment.sizeBytes > 0n && ` · ${fileSize(Number(attachment.sizeBytes))}`}
        <br />
        {words}
      </span>
    </div>
  );
}
