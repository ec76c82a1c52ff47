import { IconArrowLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import css from "./organisation.module.css";

type Props = { to: "/settings/employees" | "/settings/departments" | "/settings/schedules"; children: string };

export function Back({ to, children }: Props) {
  return (
    <Link to={to} className={css.back}>
      <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" /> {children}
    </Link>
  );
}
