import { Link, Outlet } from "@tanstack/react-router";
import "@mantine/core/styles/Input.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Switch.css";
import { type Key, useT } from "../i18n/index.ts";
import css from "./SettingsLayout.module.css";

const GROUPS = [
  {
    title: "settings.company",
    sections: [
      ["/settings/employees", "settings.employees"],
      ["/settings/departments", "settings.departments"],
      ["/settings/roles", "settings.roles"],
      ["/settings/schedules", "settings.schedules"],
      ["/settings/channels", "settings.channels"],
    ],
  },
  {
    title: "settings.mine",
    sections: [
      ["/settings/profile", "settings.profile"],
    ],
  },
] as const satisfies { title: Key; sections: [string, Key][] }[];

/** Sections at the left, the chosen one at the right. */
export function SettingsLayout() {
  const t = useT();
  return (
    <div className={css.layout}>
      <nav className={css.sections} aria-label={t("settings.title")} data-pane>
        <p className={css.title}>{t("settings.title")}</p>
        {GROUPS.map(({ title, sections }) => (
          <div key={title} className={css.group} role="group" aria-label={t(title)}>
            <p className={css.groupTitle}>{t(title)}</p>
            {sections.map(([to, label]) => (
              <Link key={to} to={to} className={css.section} activeProps={{ "data-active": true }}>
                {t(label)}
              </Link>
            ))}
          </div>
        ))}
      </nav>
      <main className={css.content} data-pane>
        <Outlet />
      </main>
    </div>
  );
}
