import { useMantineColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, useEffect, useState } from "react";
import { PresenceChoice } from "../gen/okno/org/v1/employee_service_pb.ts";
import type { GetMeResponse } from "../gen/okno/org/v1/session_service_pb.ts";
import { type Language, setLanguage, useLanguage, useT, withTexts } from "../i18n/index.ts";
import { problemText } from "../i18n/problem.ts";
import { problemOf } from "../rpc/errors.ts";
import { setPreference, usePreference } from "../rpc/preferences.ts";
import { queryClient } from "../rpc/query.ts";
import { meOptions, useMe } from "../rpc/session.ts";
import { sessions } from "../rpc/sessions.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Menu, type MenuItem } from "../ui/Menu.tsx";
import { part } from "../ui/part.ts";
import { toast } from "../ui/toasts.ts";
import css from "./Rail.module.css";

const SignOut = part(() => withTexts(import("./SignOut.tsx"), "commands").then(({ SignOut: component }) => component), { ahead: true });

/** Presence, look and language of who is signed in, and the way out. */
export function RailAccount() {
  const t = useT();
  const me = useMe().employee;
  const navigate = useNavigate();
  const language = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const theme = usePreference("theme");
  // Chosen in another browser: it comes with the person.
  useEffect(() => {
    const chosen = SCHEMES.find((scheme) => scheme === theme);
    if (chosen) setColorScheme(chosen);
  }, [theme, setColorScheme]);
  const [leaving, setLeaving] = useState(false);
  const away = me?.presence?.choice === PresenceChoice.AWAY;
  const name = me?.name ?? "";
  const items = (): MenuItem[] => [
    { kind: "label", label: name },
    { kind: "choice", label: t("rail.available"), chosen: !away, run: () => void choose(PresenceChoice.AVAILABLE) },
    { kind: "choice", label: t("rail.away"), chosen: away, run: () => void choose(PresenceChoice.AWAY) },
    { kind: "line" },
    { kind: "label", label: t("rail.theme") },
    ...SCHEMES.map((scheme): MenuItem => ({ kind: "choice", label: t(`rail.theme.${scheme}`), chosen: colorScheme === scheme, run: () => (setColorScheme(scheme), setPreference("theme", scheme)) })),
    { kind: "line" },
    { kind: "label", label: t("rail.language") },
    ...LANGUAGES.map(([code, label]): MenuItem => ({ kind: "choice", label, chosen: language === code, run: () => chooseLanguage(code) })),
    { kind: "line" },
    { kind: "action", label: t("rail.profile"), run: () => void navigate({ to: "/settings/profile" }) },
    { kind: "action", label: t("rail.signOut"), run: () => setLeaving(true) },
  ];
  return (
    <>
      <Menu label={t("rail.account", { name })} items={items} place="right-end">
        {(button) => (
          <button type="button" className={css.place} aria-label={t("rail.account", { name })} title={name} {...button}>
            <span className={css.face} data-away={away || undefined}>
              <Avatar name={name} />
            </span>
          </button>
        )}
      </Menu>
      <Suspense>{leaving && <SignOut onClose={() => setLeaving(false)} />}</Suspense>
    </>
  );
}

async function choose(choice: PresenceChoice): Promise<void> {
  try {
    await (await import("../rpc/presence.ts")).choosePresence(choice);
  } catch (error) {
    toast(problemText(problemOf(error)), { error: true });
  }
}

const SCHEMES = ["auto", "light", "dark"] as const;
const LANGUAGES: readonly [Language, string][] = [
  ["ru", "Русский"],
  ["en", "English"],
];

function chooseLanguage(language: Language): void {
  void setLanguage(language);
  sessions.updateMe({ language }).catch(() => undefined);
  queryClient.setQueryData<GetMeResponse>(meOptions.queryKey, (me) => (me?.employee ? { ...me, employee: { ...me.employee, language } } : me));
}
