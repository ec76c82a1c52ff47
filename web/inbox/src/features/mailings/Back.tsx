import { IconArrowLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useT } from "../../i18n/index.ts";
import css from "./mailings.module.css";

export function Back() {
  const t = useT();
  return (
    <Link to="/settings/mailings" className={css.back}>
      <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" /> {t("settings.mailings")}
    </Link>
  );
}
