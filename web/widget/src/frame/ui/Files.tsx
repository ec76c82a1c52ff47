import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { File } from "../../shared/protocol.ts";
import { fileSize } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import { preview } from "./attachments.ts";
import { Icon } from "./Icon.tsx";
import { Lightbox } from "./Lightbox.tsx";
import { Player } from "./Player.tsx";
import { usePlace } from "./place.ts";

const PICTURES = new Set(["image", "animation", "sticker"]);
const FILMS = new Set(["video", "video_note"]);

/** The files of a message, or of all messages of an album. */
export function Files({ files }: { files: File[] }): VNode {
  const pictures = files.filter(({ kind }) => PICTURES.has(kind));
  const others = files.filter(({ kind }) => !PICTURES.has(kind));
  return (
    <>
      {pictures.length > 0 ? (
        <div class={pictures.length > 1 ? "album" : "album one"}>
          {pictures.map((file) => (
            <Picture key={file.id} file={file} />
          ))}
        </div>
      ) : null}
      {others.map((file) => (
        <Other key={file.id} file={file} />
      ))}
    </>
  );
}

/** The address, or none while a new one is asked for in place of one that led nowhere. */
function useAlive(file: File): { address: string | undefined; failed: () => void } {
  const { session } = usePlace();
  const address = useAddress(file);
  const [dead, setDead] = useState("");
  const failed = (): void => {
    setDead(address ?? "");
    session.expired(file);
  };
  return { address: address === dead ? undefined : address, failed };
}

/** Only addresses of the gateway itself, or what this tab has sent and still holds. */
function useAddress(file: File): string | undefined {
  const { base } = usePlace();
  if (!file.url) return preview(file.id);
  const root = `${base.replace(/\/webchat\/[^/]*$/, "")}/`;
  try {
    const url = new URL(file.url.replace(/^\/+/, ""), root);
    return url.origin === location.origin ? url.href : undefined;
  } catch {
    return undefined;
  }
}

function Picture({ file }: { file: File }): VNode {
  const [open, setOpen] = useState(false);
  const { address, failed } = useAlive(file);
  const name = file.name || t("file.image");
  if (!address) return <Waiting file={file} />;
  return (
    <>
      <button type="button" class="picture" aria-label={t("file.open", { name })} onClick={() => setOpen(true)}>
        <img src={address} alt="" width={file.w || 240} height={file.h || 180} loading="lazy" decoding="async" onError={failed} />
      </button>
      {open ? <Lightbox name={name} address={address} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function Other({ file }: { file: File }): VNode {
  const { address, failed } = useAlive(file);
  if (!address) return <Waiting file={file} />;
  if (file.kind === "voice" || file.kind === "audio") return <Player address={address} name={file.kind === "voice" ? t("file.voice") : file.name} ms={file.ms} onLost={failed} />;
  if (FILMS.has(file.kind)) return <video class="film" src={address} controls preload="metadata" onError={failed} aria-label={file.name || t("file.video")} width={file.w || 280} height={file.h || 180} />;
  return (
    <a class="file" href={address} download={file.name} target="_blank" rel="noopener">
      <Icon name="file" />
      <Words file={file} />
    </a>
  );
}

function Waiting({ file }: { file: File }): VNode {
  return (
    <span class="file" title={t("file.pending")}>
      <Icon name={PICTURES.has(file.kind) ? "clock" : "file"} />
      <Words file={file} />
    </span>
  );
}

function Words({ file }: { file: File }): VNode {
  return (
    <span class="words">
      <span class="name">{file.name || t("file.document")}</span>
      {file.size > 0 ? <small>{fileSize(file.size)}</small> : null}
    </span>
  );
}
