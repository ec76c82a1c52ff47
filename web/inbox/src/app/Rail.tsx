import { useMantineColorScheme, Menu } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { IconCheck, IconKeyboard, IconMessages, IconSettings, type TablerIcon } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useCounts } from "../features/inbox/queries.ts";
import { PresenceChoice } from "../gen/okno/org/v1/employee_service_pb.ts";
import { PresenceService } from "../gen/okno/org/v1/presence_service_pb.ts";
import { type GetMeResponse, SessionService } from "../gen/okno/org/v1/session_service_pb.ts";
import { type Language, setLanguage, useLanguage, useT } from "../i18n/index.ts";
import { sessions } from "../rpc/clients.ts";
import { queryClient } from "../rpc/query.ts";
import { meOptions, useMe } from "../rpc/session.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Counter } from "../ui/Counter.tsx";
import css from "./Rail.module.css";

/** The workplaces. Their counters equal their lists. */
export function Rail({ onKeys }: { onKeys: () => void }) {
  const t = useT();
  const counts = useCounts();
  return (
    <nav className={css.rail} aria-label={t("rail.label")}>
      <Place to="/inbox" icon={IconMessages} label={t("rail.inbox")} n={counts?.mineUnread ?? 0} />
      <span className={css.spacer} />
      <button type="button" className={css.place} aria-label={t("rail.help")} title={t("rail.help")} data-desktop onClick={onKeys}>
        <IconKeyboard size={20} stroke={1.75} aria-hidden="true" />
      </button>
      <Place to="/settings" icon={IconSettings} label={t("rail.settings")} n={0} />
      <Account />
    </nav>
  );
}

function Place({ to, icon: Icon, label, n }: { to: "/inbox" | "/settings"; icon: TablerIcon; label: string; n: number }) {
  return (
    <Link to={to} className={css.place} activeProps={{ "data-active": true }} aria-label={n > 0 ? `${label}, ${n}` : label} title={label}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
      <span className={css.counter}>
        <Counter n={n} strong />
      </span>
      <span className={css.label} aria-hidden="true">
        {label}
      </span>
    </Link>
  );
}

function Account() {
  const t = useT();
  const me = useMe().employee;
  const navigate = useNavigate();
  const presence = useMutation(PresenceService.method.setPresence, {
    onSuccess: () => queryClient.invalidateQueries({ queryKey: meOptions.queryKey }),
  });
  const away = me?.presence?.choice === PresenceChoice.AWAY;
  const name = me?.name ?? "";
  return (
    <Menu position="right-end" width={280}>
      <Menu.Target>
        <button type="button" className={css.place} aria-label={t("rail.account", { name })} title={name}>
          <span className={css.face} data-away={away || undefined}>
            <Avatar name={name} />
          </span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name}</Menu.Label>
        <Choice label={t("rail.available")} chosen={!away} onChoose={() => presence.mutate({ choice: PresenceChoice.AVAILABLE })} />
        <Choice label={t("rail.away")} chosen={away} onChoose={() => presence.mutate({ choice: PresenceChoice.AWAY })} />
        <Menu.Divider />
        <ThemeChoices />
        <Menu.Divider />
        <LanguageChoices />
        <Menu.Divider />
        <Menu.Item onClick={() => void navigate({ to: "/settings/profile" })}>{t("rail.profile")}</Menu.Item>
        <Menu.Item onClick={() => void signOut()}>{t("rail.signOut")}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function ThemeChoices() {
  const t = useT();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Menu.Label>{t("rail.theme")}</Menu.Label>
      {(["auto", "light", "dark"] as const).map((scheme) => (
        <Choice key={scheme} label={t(`rail.theme.${scheme}`)} chosen={colorScheme === scheme} onChoose={() => setColorScheme(scheme)} />
      ))}
    </>
  );
}

function LanguageChoices() {
  const t = useT();
  const language = useLanguage();
  const update = useMutation(SessionService.method.updateMe);
  const choose = (next: Language): void => {
    void setLanguage(next);
    update.mutate({ language: next });
    queryClient.setQueryData<GetMeResponse>(meOptions.queryKey, (me) => (me?.employee ? { ...me, employee: { ...me.employee, language: next } } : me));
  };
  return (
    <>
      <Menu.Label>{t("rail.language")}</Menu.Label>
      <Choice label="Русский" chosen={language === "ru"} onChoose={() => choose("ru")} />
      <Choice label="English" chosen={language === "en"} onChoose={() => choose("en")} />
    </>
  );
}

function Choice({ label, chosen, onChoose }: { label: string; chosen: boolean; onChoose: () => void }) {
  return (
    <Menu.Item role="menuitemradio" aria-checked={chosen} rightSection={chosen ? <IconCheck size={16} stroke={1.75} aria-hidden="true" /> : undefined} onClick={onChoose}>
      {label}
    </Menu.Item>
  );
}

/** A whole new page: nothing of this session stays in memory. */
async function signOut(): Promise<void> {
  await sessions.signOut({}).catch(() => undefined);
  location.assign("/sign-in");
}
