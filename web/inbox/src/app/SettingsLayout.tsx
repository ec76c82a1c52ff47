import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import "@mantine/core/styles/Input.css";
import "@mantine/core/styles/InlineInput.css";
import "@mantine/core/styles/Switch.css";
import { useEffect, useRef } from "react";
import { type Key, useT } from "../i18n/index.ts";
import { usePreference } from "../rpc/preferences.ts";
import { Boundary } from "../ui/Boundary.tsx";
import css from "./SettingsLayout.module.css";

export const GROUPS = [
  {
    title: "settings.company",
    sections: [
      ["/settings/employees", "settings.employees"],
      ["/settings/departments", "settings.departments"],
      ["/settings/roles", "settings.roles"],
      ["/settings/schedules", "settings.schedules"],
      ["/settings/channels", "settings.channels"],
      ["/settings/quarantine", "quarantine.title"],
      ["/settings/mailings", "settings.mailings"],
      ["/settings/cards", "settings.cards"],
      ["/settings/leads", "settings.leads"],
      ["/settings/potential", "settings.potential"],
      ["/settings/directories", "settings.directories"],
      ["/settings/personal-data", "settings.personalData"],
      ["/settings/access-log", "settings.accessLog"],
    ],
  },
  {
    title: "settings.mine",
    sections: [
      ["/settings/profile", "settings.profile"],
      ["/settings/notifications", "settings.notices"],
    ],
  },
] as const satisfies { title: Key; sections: [string, Key][] }[];

/** Sections at the left, the chosen one at the right. */
export function SettingsLayout() {
  const t = useT();
  const sections = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const density = usePreference("density");
  useEffect(() => {
    document.documentElement.dataset["density"] = density;
  }, [density]);
  // On a phone the sections are one line: the chosen one must be in sight.
  useEffect(() => {
    sections.current?.querySelector("[data-active]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [path]);
  return (
    <div className={css.layout}>
      <nav ref={sections} className={css.sections} aria-label={t("settings.title")} data-pane>
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
        <Boundary what={t("app.crashed")} shows={path}>
          <Outlet />
        </Boundary>
      </main>
    </div>
  );
}
