import { Button } from "@mantine/core";
import { IconFile } from "@tabler/icons-react";
import { t, useT } from "../../../i18n/index.ts";
import { clock } from "../../../i18n/format.ts";
import { problemText } from "../../../i18n/problem.ts";
import { fileUrl } from "../../../rpc/upload.ts";
import { cx } from "../../../ui/cx.ts";
import { StatusMark } from "../../../ui/StatusMark.tsx";
import { toast } from "../../../ui/toasts.ts";
import { discard, type OutItem, retry, takeBack } from "../outbox.ts";
import bubble from "./Bubble.module.css";
import foot from "./Foot.module.css";
import css from "./OutBubble.module.css";
import { StyledText } from "./StyledText.tsx";

/** Ours, before the server has confirmed it: it stands where it will stand. */
export function OutBubble({ item }: { item: OutItem }) {
  useT();
  const note = item.kind === "note";
  const label = item.state === "refused" ? t("status.failed") : item.state === "waiting" ? t("status.waiting") : t("status.queued");
  return (
    <article className={cx(bubble.row, note ? bubble.noteRow : bubble.ours, bubble.first)} tabIndex={-1} aria-label={t("message.from", { name: t("message.you"), time: clock(item.createdAt) })} data-message={item.messageId}>
      <div className={cx(bubble.hold, bubble.bubble, note ? bubble.note : bubble.out, bubble.tail)}>
        {item.files.map((file) =>
          file.mimeType.startsWith("image/") ? (
            <img key={file.fileId} className={css.picture} src={fileUrl(file.fileId)} alt={file.name} loading="lazy" decoding="async" />
          ) : (
            <p key={file.fileId} className={css.file}>
              <IconFile size={16} stroke={1.75} aria-hidden="true" /> {file.name}
            </p>
          ),
        )}
        {item.text && <StyledText text={item.text} spans={NONE} />}
        <div className={foot.foot}>
          <time dateTime={new Date(item.createdAt).toISOString()}>{clock(item.createdAt)}</time>
          <StatusMark status={item.state === "refused" ? "failed" : "queued"} label={label} />
        </div>
      </div>
      {item.state !== "sending" && (
        <div className={foot.trouble} data-tone={item.state === "refused" ? "red" : "amber"}>
          <span>{item.problem ? t("failed.line", { reason: problemText(item.problem) }) : t("status.waiting")}</span>
          <Button size="compact-sm" variant="default" onClick={() => retry(item.messageId)}>
            {t("action.retry")}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => void drop(item)}>
            {t("failed.remove")}
          </Button>
        </div>
      )}
    </article>
  );
}

const NONE: readonly never[] = [];

/** What the server has refused is only here; what waits may have arrived there without its answer. */
async function drop(item: OutItem): Promise<void> {
  if (item.state === "refused") return discard(item.messageId);
  const end = await takeBack(item.messageId);
  if (end === "offline") toast(t("error.UNAVAILABLE"), { error: true });
  if (end === "too-late") toast(t("composer.tooLate"), { error: true });
}
