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
import { type DoublesSearch, said, searchOf, useOf } from "./of.ts";
import { Rules } from "./Rules.tsx";

const TABS = ["groups", "journal", "rules"] as const;

/** Doubles among clients and their people: looked for, compared, merged, taken back. */
export function DoublesPage() {
  useT();
  useTitle(t("doubles.title"));
  const search = useSearch({ strict: false }) as DoublesSearch;
  const tab = TABS.find((name) => name === search.tab) ?? "groups";
  const of = useOf();
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
              <Link key={name} to="/clients/$clientId" params={{ clientId: "duplicates" }} search={{ ...(name === "groups" ? {} : { tab: name }), ...searchOf(name === "rules" ? "clients" : of) }} className={sheet.tab} activeOptions={{ exact: true, includeSearch: true }} aria-current={name === tab ? "page" : undefined}>
                {t(`doubles.tab.${name}` as Key)}
              </Link>
            ))}
          </nav>
          {tab !== "rules" && <Kinds tab={tab} />}
          {tab === "groups" && <OfAll key={of} />}
          {tab === "journal" && <Journal key={of} />}
          {tab === "rules" && <Rules />}
        </>
      )}
    </div>
  );
}

const KINDS = ["clients", "contacts"] as const;

/** Whose doubles. */
function Kinds({ tab }: { tab: "groups" | "journal" }) {
  const of = useOf();
  return (
    <nav className={css.kinds} aria-label={t("doubles.whose")}>
      {KINDS.map((kind) => (
        <Link key={kind} to="/clients/$clientId" params={{ clientId: "duplicates" }} search={{ ...(tab === "journal" ? { tab } : {}), ...searchOf(kind) }} className={css.kind} activeOptions={{ exact: true, includeSearch: true }} aria-current={kind === of ? "page" : undefined}>
          {t(kind === "contacts" ? "doubles.of.contacts" : "doubles.of.clients")}
        </Link>
      ))}
    </nav>
  );
}

function OfAll() {
  const of = useOf();
  const { employee } = useMe();
  if (!isAdministrator(employee) && !isHead(employee)) return <Strip>{t(said(of, "doubles.notYours"))}</Strip>;
  return <Groups />;
}

/** Chosen in the list, not found by a search. */
function ByHand({ ids }: { ids: readonly string[] }) {
  const navigate = useNavigate();
  const of = useOf();
  const leave = (): void => void navigate({ to: "/clients" });
  return <Comparison key={ids.join()} of={of} ids={ids} alone={of === "contacts"} onDifferent={leave} onNext={undefined} />;
}
