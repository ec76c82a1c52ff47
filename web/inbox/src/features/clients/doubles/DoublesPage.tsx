import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { isAdministrator, isHead, useMe } from "../../../rpc/session.ts";
import { Strip } from "../../../ui/Strip.tsx";
import { useTitle } from "../../../ui/title.ts";
import { Back } from "../Back.tsx";
import { Comparison } from "./Comparison.tsx";
import sheet from "../../../ui/sheet.module.css";
import css from "./doubles.module.css";
import { Groups } from "./Groups.tsx";
import { Journal } from "./Journal.tsx";
import { Rules } from "./Rules.tsx";

const TABS = ["groups", "journal", "rules"] as const;
type Tab = (typeof TABS)[number];

/** What of this screen stands in the address: the tab, the group by its first client, or clients that were chosen by hand. */
export type DoublesSearch = { tab?: Tab | undefined; g?: string | undefined; ids?: string | undefined };

/** Doubles among clients: looked for, compared, merged, taken back. */
export function DoublesPage() {
  useT();
  useTitle(t("doubles.title"));
  const search = useSearch({ strict: false }) as DoublesSearch;
  const tab = TABS.find((name) => name === search.tab) ?? "groups";
  const ids = typeof search.ids === "string" ? search.ids.split(",").filter(Boolean) : [];
  return (
    <div className={css.page}>
      <Back />
      <h1 tabIndex={-1} data-heading>
        {t("doubles.title")}
      </h1>
      {ids.length > 0 ? (
        <ByHand ids={ids} />
      ) : (
        <>
          <nav className={sheet.tabs} aria-label={t("doubles.tabs")}>
            {TABS.map((name) => (
              <Link key={name} to="/clients/$clientId" params={{ clientId: "duplicates" }} search={name === "groups" ? {} : { tab: name }} className={sheet.tab} activeOptions={{ exact: true, includeSearch: true }} aria-current={name === tab ? "page" : undefined}>
                {t(`doubles.tab.${name}` as Key)}
              </Link>
            ))}
          </nav>
          {tab === "groups" && <OfAll />}
          {tab === "journal" && <Journal />}
          {tab === "rules" && <Rules />}
        </>
      )}
    </div>
  );
}

function OfAll() {
  const { employee } = useMe();
  if (!isAdministrator(employee) && !isHead(employee)) return <Strip>{t("doubles.notYours")}</Strip>;
  return <Groups />;
}

/** Chosen in the list, not found by a search. */
function ByHand({ ids }: { ids: readonly string[] }) {
  const navigate = useNavigate();
  const leave = (): void => void navigate({ to: "/clients" });
  return <Comparison key={ids.join()} clientIds={ids} onDifferent={leave} onNext={undefined} />;
}
