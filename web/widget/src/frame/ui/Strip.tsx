import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { fileSize, playTime } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import type { Attachment, Attachments } from "./attachments.ts";
import { Icon } from "./Icon.tsx";
import { IconButton } from "./IconButton.tsx";
import { Player } from "./Player.tsx";

/** The files that will go with the message, each with its way up and a way out. */
export function Strip({ attachments }: { attachments: Attachments }): VNode | null {
  if (attachments.list.length === 0) return null;
  return (
    <ul class="strip" aria-label={t("file.list")}>
      {attachments.list.map((attachment) => (
        <Item key={attachment.key} attachment={attachment} attachments={attachments} />
      ))}
    </ul>
  );
}

function Item({ attachment, attachments }: { attachment: Attachment; attachments: Attachments }): VNode {
  const { key, file, kind, ms, part, done, refusal } = attachment;
  const address = useAddress(file, kind === "voice" || file.type.startsWith("image/"));
  const remove = done || refusal ? "file.remove" : "file.cancel";
  return (
    <li class={refusal ? "refused" : undefined}>
      {kind === "voice" && address ? (
        <Player address={address} name={t("file.voice")} ms={ms} />
      ) : (
        <>
          {address ? <img src={address} alt="" width="40" height="40" /> : <Icon name="file" />}
          <span class="words">
            <span class="name">{file.name}</span>
            <small>{refusal ? t(refusal === "too_large" ? "file.too_large" : refusal === "cancelled" ? "file.network" : `file.${refusal}`, { name: file.name, size: fileSize(file.size) }) : fileSize(file.size)}</small>
          </span>
        </>
      )}
      {!done && !refusal ? <progress max={1} value={part} aria-label={t("file.progress", { name: kind ? playTime(ms ?? 0) : file.name })} /> : null}
      {refusal ? <IconButton small icon="again" name={t("file.again", { name: file.name })} onClick={() => attachments.again(key)} /> : null}
      <IconButton small icon="close" name={kind === "voice" ? t("voice.cancel") : t(remove, { name: file.name })} onClick={() => attachments.remove(key)} />
    </li>
  );
}

function useAddress(file: File, wanted: boolean): string | undefined {
  const address = useMemo(() => (wanted ? URL.createObjectURL(file) : undefined), [file, wanted]);
  useEffect(() => () => (address ? URL.revokeObjectURL(address) : undefined), [address]);
  return address;
}
