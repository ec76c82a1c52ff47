import { IconKeyboard, IconMessages, IconSettings, IconUserPlus, IconUsers, type TablerIcon } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Suspense } from "react";
import { useCounts } from "../features/inbox/queries.ts";
import { useT, withTexts } from "../i18n/index.ts";
import { useMe } from "../rpc/session.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Boundary } from "../ui/Boundary.tsx";
import { Counter } from "../ui/Counter.tsx";
import { part, whenIdle } from "../ui/part.ts";
import { useTitleCount } from "../ui/title.ts";
import css from "./Rail.module.css";

/** Not needed to begin: fetched when the page has nothing else to do. */
const RailExtras = part(async () => {
  await whenIdle();
  const { RailExtras: component } = await withTexts(import("./RailExtras.tsx"), "notices");
  return component;
});

const RailAccount = part(() => import("./RailAccount.tsx").then(({ RailAccount: component }) => component));

/** The workplaces. Their counters equal their lists. */
export function Rail({ onKeys }: { onKeys: () => void }) {
  const t = useT();
  const counts = useCounts();
  useTitleCount(counts?.mineUnread ?? 0);
  return (
    <nav className={css.rail} aria-label={t("rail.label")}>
      <Boundary small what={t("rail.crashed")}>
        <Places unread={counts?.mineUnread ?? 0} onKeys={onKeys} />
      </Boundary>
    </nav>
  );
}

function Places({ unread, onKeys }: { unread: number; onKeys: () => void }) {
  const t = useT();
  return (
    <>
      <Place to="/inbox" icon={IconMessages} label={t("rail.inbox")} n={unread} />
      <Place to="/clients" icon={IconUsers} label={t("rail.clients")} n={0} />
      <Place to="/leads" icon={IconUserPlus} label={t("rail.leads")} n={0} />
      <span className={css.spacer} />
      <button type="button" className={css.place} aria-label={t("rail.help")} title={t("rail.help")} data-desktop onClick={onKeys}>
        <IconKeyboard size={20} stroke={1.75} aria-hidden="true" />
      </button>
      <Boundary small what={t("rail.extrasCrashed")}>
        <Suspense fallback={<span className={css.place} data-desktop />}>
          <RailExtras waiting={unread} />
        </Suspense>
      </Boundary>
      <Place to="/settings" icon={IconSettings} label={t("rail.settings")} n={0} />
      <Boundary small what={t("rail.crashed")}>
        <Suspense fallback={<Face />}>
          <RailAccount />
        </Suspense>
      </Boundary>
    </>
  );
}

function Place({ to, icon: Icon, label, n }: { to: "/inbox" | "/clients" | "/leads" | "/settings"; icon: TablerIcon; label: string; n: number }) {
  return (
    <Link to={to} className={css.place} data-place activeProps={{ "data-active": true }} title={label}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
      <span className={css.label}>{label}</span>
      <span className={css.counter}>
        <Counter n={n} strong />
      </span>
      {n > 0 && <span className="visually-hidden">, {n}</span>}
    </Link>
  );
}

/** Who one is; the menu comes a moment later. */
function Face() {
  const name = useMe().employee?.name ?? "";
  return (
    <span className={css.place} title={name}>
      <Avatar name={name} />
    </span>
  );
}
