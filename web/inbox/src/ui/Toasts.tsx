import { IconX } from "@tabler/icons-react";
import { useT } from "../i18n/index.ts";
import { KeyCap } from "./KeyCap.tsx";
import css from "./Toasts.module.css";
import { dismissToast, holdToast, releaseToast, type Toast, useToasts } from "./toasts.ts";

export function Toasts() {
  const toasts = useToasts();
  return (
    <div className={css.stack} role="status">
      {toasts.map((toast) => (
        <Line key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function Line({ toast }: { toast: Toast }) {
  const t = useT();
  const hold = (): void => holdToast(toast.id);
  const release = (): void => releaseToast(toast.id);
  return (
    <div className={css.toast} data-error={toast.error || undefined} onPointerEnter={hold} onPointerLeave={release} onFocus={hold} onBlur={release}>
      <span className={css.text}>{toast.text}</span>
      {toast.undo && (
        <button type="button" className={css.undo} onClick={() => (dismissToast(toast.id), toast.undo?.())}>
          {t("action.undo")} <KeyCap>Z</KeyCap>
        </button>
      )}
      <button type="button" className={css.close} aria-label={t("action.dismiss")} onClick={() => dismissToast(toast.id)}>
        <IconX size={16} stroke={1.75} aria-hidden="true" />
      </button>
    </div>
  );
}
