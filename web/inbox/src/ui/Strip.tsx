import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import css from "./Strip.module.css";

type Props = { tone?: "info" | "amber" | "red"; children: React.ReactNode; actions?: React.ReactNode };

/** One line inside a pane that says what happened, with what to do at its end. */
export function Strip({ tone = "info", children, actions }: Props) {
  const Icon = tone === "info" ? IconInfoCircle : IconAlertTriangle;
  return (
    <div className={css.strip} data-tone={tone} role="status">
      <Icon size={16} stroke={1.75} aria-hidden="true" />
      <span className={css.text}>{children}</span>
      {actions}
    </div>
  );
}
