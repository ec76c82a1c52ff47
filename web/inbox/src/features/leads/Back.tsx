import { IconArrowLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "../../i18n/index.ts";
import { lastPlace } from "./last.ts";
import sheet from "../../ui/sheet.module.css";

/** To the list as it was left. */
export function Back() {
  return (
    <Link to="/leads" search={lastPlace.search()} className={sheet.back}>
      <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" /> {t("leads.title")}
    </Link>
  );
}
