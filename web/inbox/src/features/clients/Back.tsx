import { IconArrowLeft } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "../../i18n/index.ts";
import sheet from "../../ui/sheet.module.css";
import { lastPlace } from "./last.ts";

/** To the list as it was left. */
export function Back() {
  return (
    <Link to="/clients" search={lastPlace.search()} className={sheet.back}>
      <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" /> {t("rail.clients")}
    </Link>
  );
}
