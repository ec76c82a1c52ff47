import { IconAlertCircle, IconFile, IconPhoto, IconRefresh, IconX } from "@tabler/icons-react";
import { channelTitle } from "../../../i18n/channel.ts";
import { fileSize } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import type { OutFile } from "../outbox.ts";
import css from "./Files.module.css";
import { dropUpload, retryUpload, type UploadItem } from "./uploads.ts";

type Props = { files: readonly OutFile[]; uploads: readonly UploadItem[]; channel: string; onRemove: (fileId: string) => void };

/** What goes with the message: ready, on its way, or refused with the reason. */
export function Files({ files, uploads, channel, onRemove }: Props) {
  useT();
  return (
    <ul className={css.files} aria-label={t("file.list")}>
      {files.map((file) => (
        <li key={file.fileId} className={css.file} title={t("file.ready", { name: file.name })}>
          {file.mimeType.startsWith("image/") ? <IconPhoto size={16} stroke={1.75} aria-hidden="true" /> : <IconFile size={16} stroke={1.75} aria-hidden="true" />}
          <span className={css.name}>{file.name}</span>
          <span className={css.detail}>{fileSize(file.sizeBytes)}</span>
          <Remove name={file.name} onClick={() => onRemove(file.fileId)} />
        </li>
      ))}
      {uploads.map((item) => (
        <OnItsWay key={item.id} item={item} channel={channel} />
      ))}
    </ul>
  );
}

function OnItsWay({ item, channel }: { item: UploadItem; channel: string }) {
  const { name } = item.file;
  const percent = Math.round(item.part * 100);
  if (item.state === "uploading") {
    return (
      <li className={css.file} aria-label={t("file.uploading", { name, percent })}>
        <progress className={css.progress} max={1} value={item.part} aria-label={t("file.uploading", { name, percent })} />
        <span className={css.name}>{name}</span>
        <span className={css.detail}>{percent} %</span>
        <Remove name={name} onClick={() => dropUpload(item)} />
      </li>
    );
  }
  return (
    <li className={css.file} data-bad>
      <IconAlertCircle size={16} stroke={1.75} aria-hidden="true" />
      <span className={css.name}>{name}</span>
      <span className={css.why}>{whyNot(item, channel)}</span>
      {item.state === "failed" && (
        <button type="button" className={css.button} aria-label={t("action.retry")} onClick={() => retryUpload(item)}>
          <IconRefresh size={16} stroke={1.75} aria-hidden="true" />
        </button>
      )}
      <Remove name={name} onClick={() => dropUpload(item)} />
    </li>
  );
}

function whyNot({ refusal, problem }: UploadItem, channel: string): string {
  if (problem) return problemText(problem);
  if (!refusal) return t("file.failed");
  if (refusal.why === "kind") return t("file.refusedKind", { channel: channelTitle(channel) });
  const size = fileSize(refusal.limit);
  return refusal.why === "too-large" ? t("file.tooLarge", { channel: channelTitle(channel), size }) : t("file.tooLargeHere", { size });
}

function Remove({ name, onClick }: { name: string; onClick: () => void }) {
  return (
    <button type="button" className={css.button} aria-label={t("file.remove", { name })} onClick={onClick}>
      <IconX size={16} stroke={1.75} aria-hidden="true" />
    </button>
  );
}
