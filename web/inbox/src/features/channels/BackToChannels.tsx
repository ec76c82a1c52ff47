import { IconArrowLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "../../i18n/index.ts";
import css from "./channels.module.css";

export function BackToChannels() {
  return (
    <Link to="/settings/channels" className={css.back}>
      <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" /> {t("channels.title")}
    </Link>
  );
}
