import { IconChevronLeft, IconChevronRight, IconX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useT } from "../i18n/index.ts";
import css from "./Lightbox.module.css";

export type Picture = { id: string; url: string; name: string };

type Props = { pictures: readonly Picture[]; shown: string; onShow: (id: string) => void };

/** A picture over everything; arrows go through the others, Esc goes back. Shows nothing for an empty id. */
export function Lightbox({ pictures, shown, onShow }: Props) {
  const t = useT();
  const dialog = useRef<HTMLDialogElement>(null);
  const at = pictures.findIndex((picture) => picture.id === shown);
  const picture = pictures[at];
  useEffect(() => {
    if (picture && !dialog.current?.open) dialog.current?.showModal();
    if (!picture && dialog.current?.open) dialog.current.close();
  }, [picture]);
  const step = (by: number): void => {
    const next = pictures[at + by];
    if (next) onShow(next.id);
  };
  return (
    <dialog
      ref={dialog}
      className={css.box}
      aria-label={picture?.name}
      onClose={() => onShow("")}
      onClick={(event) => event.target === event.currentTarget && onShow("")}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") step(-1);
        if (event.key === "ArrowRight") step(1);
      }}
    >
      {picture && (
        <>
          <img src={picture.url} alt={picture.name} />
          <button type="button" className={css.close} aria-label={t("action.close")} onClick={() => onShow("")}>
            <IconX size={20} stroke={1.75} aria-hidden="true" />
          </button>
          {at > 0 && (
            <button type="button" className={css.before} aria-label={t("message.before")} onClick={() => step(-1)}>
              <IconChevronLeft size={20} stroke={1.75} aria-hidden="true" />
            </button>
          )}
          {at < pictures.length - 1 && (
            <button type="button" className={css.after} aria-label={t("message.after")} onClick={() => step(1)}>
              <IconChevronRight size={20} stroke={1.75} aria-hidden="true" />
            </button>
          )}
        </>
      )}
    </dialog>
  );
}
