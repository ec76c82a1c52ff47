import { Switch, useMantineColorScheme } from "@mantine/core";
import { duration } from "../../i18n/format.ts";
import { type Key, type Language, setLanguage, t, useLanguage } from "../../i18n/index.ts";
import { setPreference, usePreference } from "../../rpc/preferences.ts";
import { queryClient } from "../../rpc/query.ts";
import { meOptions } from "../../rpc/session.ts";
import { sessions } from "../../rpc/sessions.ts";
import type { GetMeResponse } from "../../gen/okno/org/v1/session_service_pb.ts";
import { Field } from "../../ui/Field.tsx";
import { Section } from "../../ui/Page.tsx";
import css from "./ProfilePage.module.css";

const DELAYS = ["0", "5", "10"];
const SCHEMES = ["auto", "light", "dark"] as const;
const DENSITIES = ["", "compact"] as const;

/** How the page looks and behaves; kept on the server, so that it is the same in every browser. */
export function Look() {
  const keys = usePreference("single_keys") !== "off";
  const delay = usePreference("undo_seconds") || "5";
  return (
    <Section title={t("profile.view")}>
      <div className={css.pair}>
        <LanguageChoice />
        <Theme />
      </div>
      <div className={css.pair}>
        <Density />
        <Field label={t("profile.undo")}>
          {(props) => (
            <select {...props} value={delay} onChange={(event) => setPreference("undo_seconds", event.target.value)}>
              {DELAYS.map((seconds) => (
                <option key={seconds} value={seconds}>
                  {seconds === "0" ? t("composer.undoNone") : duration(Number(seconds) * 1000)}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <Switch label={t("profile.keys")} description={t("profile.keysHint")} checked={keys} onChange={(event) => setPreference("single_keys", event.currentTarget.checked ? "" : "off")} />
    </Section>
  );
}

function LanguageChoice() {
  const language = useLanguage();
  const choose = (next: Language): void => {
    void setLanguage(next);
    sessions.updateMe({ language: next }).catch(() => undefined);
    queryClient.setQueryData<GetMeResponse>(meOptions.queryKey, (me) => (me?.employee ? { ...me, employee: { ...me.employee, language: next } } : me));
  };
  return (
    <Field label={t("profile.language")}>
      {(props) => (
        <select {...props} value={language} onChange={(event) => choose(event.target.value as Language)}>
          <option value="ru" lang="ru">
            {t("profile.language.ru")}
          </option>
          <option value="en" lang="en">
            {t("profile.language.en")}
          </option>
        </select>
      )}
    </Field>
  );
}

function Theme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Field label={t("rail.theme")}>
      {(props) => (
        <select
          {...props}
          value={colorScheme}
          onChange={(event) => {
            const scheme = SCHEMES.find((one) => one === event.target.value) ?? "auto";
            setColorScheme(scheme);
            setPreference("theme", scheme);
          }}
        >
          {SCHEMES.map((scheme) => (
            <option key={scheme} value={scheme}>
              {t(`rail.theme.${scheme}`)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

const DENSITY_NAMES: Record<(typeof DENSITIES)[number], Key> = { "": "profile.density.comfortable", compact: "profile.density.compact" };

function Density() {
  const density = usePreference("density");
  return (
    <Field label={t("profile.density")} hint={t("profile.densityHint")}>
      {(props) => (
        <select {...props} value={density} onChange={(event) => setPreference("density", event.target.value)}>
          {DENSITIES.map((one) => (
            <option key={one} value={one}>
              {t(DENSITY_NAMES[one])}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
