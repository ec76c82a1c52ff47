import { IconDownload, IconFile, IconFileTypePdf } from "@tabler/icons-react";
import { type Attachment, AttachmentKind, AttachmentState } from "../../../gen/okno/channel/v1/content_pb.ts";
import { fileSize } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { fileUrl } from "../../../rpc/upload.ts";
import { attachmentName } from "../names.ts";
import { useThread } from "../thread/context.ts";
import css from "./Files.module.css";

/** What goes along with a letter: pictures open here, PDF and sound in a window of their own, everything is saved. */
export function Files({ files }: { files: readonly Attachment[] }) {
  if (files.length === 0) return null;
  return (
    <div className={css.files} role="group" aria-label={t("letter.files", { n: files.length })}>
      {files.map((file) => (
        <File key={file.attachmentId} file={file} />
      ))}
    </div>
  );
}

function File({ file }: { file: Attachment }) {
  const name = file.name || attachmentName(file.kind);
  const stored = file.state === AttachmentState.STORED;
  return (
    <div className={css.file} title={file.problem || undefined}>
      <Look file={file} name={name} stored={stored} />
      <span className={css.words}>
        <span className={css.name} title={name}>
          {name}
        </span>
        <span className={css.size}>{stored ? (file.sizeBytes > 0n ? fileSize(Number(file.sizeBytes)) : "") : stateOf(file)}</span>
      </span>
      {stored && (
        <a className={css.save} href={`${fileUrl(file.attachmentId)}?download`} download={name} aria-label={t("message.download", { name })} title={t("message.download", { name })}>
          <IconDownload size={16} stroke={1.75} aria-hidden="true" />
        </a>
      )}
    </div>
  );
}

function Look({ file, name, stored }: { file: Attachment; name: string; stored: boolean }) {
  const { show } = useThread();
  const url = fileUrl(file.attachmentId);
  if (stored && file.kind === AttachmentKind.IMAGE) {
    return (
      <button type="button" className={css.open} aria-label={t("letter.open", { name })} onClick={() => show(file.attachmentId)}>
        <img src={url} alt="" loading="lazy" decoding="async" />
      </button>
    );
  }
  const Icon = file.mimeType === "application/pdf" ? IconFileTypePdf : IconFile;
  if (stored && isShown(file.mimeType)) {
    return (
      <a className={css.open} href={url} target="_blank" rel="noopener" aria-label={t("letter.open", { name })}>
        <Icon size={20} stroke={1.75} aria-hidden="true" />
      </a>
    );
  }
  return (
    <span className={css.open}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
    </span>
  );
}

/** What the server lets a browser show in place. */
function isShown(mimeType: string): boolean {
  return mimeType === "application/pdf" || /^(?:audio|video)\//u.test(mimeType);
}

function stateOf({ state }: Attachment): string {
  if (state === AttachmentState.TOO_LARGE) return t("message.tooLarge");
  return state === AttachmentState.FAILED ? t("message.fileFailed") : t("message.pending");
}
