import css from "./StatusMark.module.css";

export type Status = "queued" | "sending" | "sent" | "delivered" | "read" | "failed" | "unknown" | "scheduled" | "cancelled";

const PATHS: Record<Status, React.ReactNode> = {
  queued: <><circle cx="8" cy="8" r="5.5" /><path d="M8 5v3.2l2 1.3" /></>,
  sending: <><circle cx="8" cy="8" r="5.5" /><path d="M8 2.5a5.5 5.5 0 0 1 5.5 5.5" strokeWidth="3" /></>,
  sent: <path d="m3 8.5 3.2 3L13 5" />,
  delivered: <><path d="m1.5 8.5 3 3L11 5" /><path d="m8 11 .7.6L15 5" /></>,
  read: <><path d="m1.5 8.5 3 3L11 5" /><path d="m8 11 .7.6L15 5" /></>,
  failed: <><circle cx="8" cy="8" r="6" /><path d="M8 4.8v3.7M8 10.9v.3" /></>,
  unknown: <><path d="M8 1.8 14.2 8 8 14.2 1.8 8z" /><path d="M6.7 6.6a1.4 1.4 0 1 1 1.9 1.3q-.6.3-.6 1M8 10.8v.3" /></>,
  scheduled: <><circle cx="8" cy="8" r="5.5" /><path d="M8 5v3.2h2.5" /></>,
  cancelled: <><circle cx="8" cy="8" r="5.5" /><path d="m4.2 4.2 7.6 7.6" /></>,
};

/** Six truths of delivery, six shapes; `label` is what the shape says. */
export function StatusMark({ status, label }: { status: Status; label: string }) {
  return (
    <svg className={css.mark} data-status={status} viewBox="0 0 16 16" width="16" height="16" role="img" aria-label={label}>
      <title>{label}</title>
      {PATHS[status]}
    </svg>
  );
}
