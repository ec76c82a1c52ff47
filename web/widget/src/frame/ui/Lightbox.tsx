import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { IconButton } from "./IconButton.tsx";

/** One image as large as there is room. Esc closes it and not the chat; focus goes back to where it was. */
export function Lightbox({ name, address, onClose }: { name: string; address: string; onClose: () => void }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="lightbox" aria-label={name} onClose={onClose} onKeyDown={(event) => event.stopPropagation()} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      <div class="bar">
        <span class="name">{name}</span>
        <a href={address} download={name} target="_blank" rel="noopener">
          {t("file.download")}
        </a>
        <IconButton icon="close" name={t("view.close")} onClick={() => dialog.current?.close()} />
      </div>
      <img src={address} alt={name} />
    </dialog>
  );
}
