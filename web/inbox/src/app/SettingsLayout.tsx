import { Link, Outlet } from "@tanstack/react-router";
import "@mantine/core/styles/Input.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Switch.css";
import { useT } from "../i18n/index.ts";
import css from "./SettingsLayout.module.css";

/** Sections at the left, the chosen one at the right. */
export function SettingsLayout() {
  const t = useT();
  return (
    <div className={css.layout}>
      <nav className={css.sections} aria-label={t("settings.title")} data-pane>
        <p className={css.title}>{t("settings.title")}</p>
        <Link to="/settings/channels" className={css.section} activeProps={{ "data-active": true }}>
          {t("settings.channels")}
        </Link>
        <Link to="/settings/profile" className={css.section} activeProps={{ "data-active": true }}>
          {t("settings.profile")}
        </Link>
      </nav>
      <main className={css.content} data-pane>
        <Outlet />
      </main>
    </div>
  );
}
