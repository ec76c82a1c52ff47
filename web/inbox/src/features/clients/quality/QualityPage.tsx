import { useQuery } from "@connectrpc/connect-query";
import { IconGauge } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type QualityFigure, QualityScope, QualityService, type GetQualityResponse } from "../../../gen/okno/crm/v1/quality_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, useEmployeeId, useMe } from "../../../rpc/session.ts";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { Page, Section } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useTitle } from "../../../ui/title.ts";
import { Back } from "../Back.tsx";
import { CHECK_NAMES, type CheckName, Failures } from "./Failures.tsx";
import { Meter } from "./Meter.tsx";
import sheet from "../../../ui/sheet.module.css";
import css from "./quality.module.css";
import { Recount } from "./Recount.tsx";
import { Requirements } from "./Requirements.tsx";
import { Trend } from "./Trend.tsx";
import { readWhose, requestOf, type Whose, writeWhose } from "./whose.ts";

const QUALITY = "quality";
const SET_UP = "settings";

type Tab = "overview" | "check" | "settings";

/** How well the base is filled: the company, a department or somebody, by the day, the worst, and what fails the checks. */
export function QualityPage() {
  useT();
  const title = t("quality.title");
  useTitle(title);
  const search = useSearch({ strict: false }) as { of?: unknown; check?: unknown; tab?: unknown };
  const navigate = useNavigate();
  const whose = readWhose(search.of);
  const setUp = search.tab === SET_UP;
  const check = setUp ? undefined : CHECK_NAMES.find((name) => name === search.check);
  const tab: Tab = setUp ? "settings" : check ? "check" : "overview";
  const go = (next: Whose, checked: CheckName | undefined): void => void navigate({ to: "/clients/$clientId", params: { clientId: QUALITY }, search: { of: writeWhose(next), check: checked }, replace: true });
  const { data, error, refetch } = useQuery(QualityService.method.getQuality, requestOf(whose), { staleTime: 0 });
  const problem = error && !data ? problemOf(error) : undefined;
  const of = writeWhose(whose);
  const tabs: readonly (readonly [tab: Tab, label: string, search: Record<string, unknown>])[] = [
    ["overview", t("quality.overview"), { of }],
    ["check", t("quality.check"), { of, check: check ?? "contactData" }],
    ["settings", t("quality.required"), { of, tab: SET_UP }],
  ];
  return (
    <Page wide title={title} back={<Back />} actions={!setUp && <WhoseField whose={whose} data={data} onWhose={(next) => go(next, check)} />}>
      <nav className={sheet.tabs} aria-label={title}>
        {tabs.map(([name, label, part]) => (
          <Link key={name} to="/clients/$clientId" params={{ clientId: QUALITY }} search={part} className={sheet.tab} activeOptions={{ exact: true, includeSearch: true }} aria-current={name === tab ? "page" : undefined}>
            {label}
          </Link>
        ))}
      </nav>
      {setUp ? (
        <Requirements />
      ) : check ? (
        <Failures check={check} whose={whose} onCheck={(next) => go(whose, next)} />
      ) : (
        <>
          {problem && <Failure what={t("quality.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
          {!data && !problem && <SkeletonRows rows={6} height={72} />}
          {data && <Overview data={data} onWhose={(next) => go(next, undefined)} />}
        </>
      )}
    </Page>
  );
}

function Overview({ data, onWhose }: { data: GetQualityResponse; onWhose: (whose: Whose) => void }) {
  const { figure, company, days, below, worst } = data;
  const employees = useEmployees();
  const admin = isAdministrator(useMe().employee);
  if (company?.percent === undefined && days.length === 0) {
    return (
      <>
        <Recount />
        <Empty icon={IconGauge} title={t("quality.notSetUpHint")}>
          {admin && (
            <LinkButton to="/clients/$clientId" params={{ clientId: QUALITY }} search={{ tab: SET_UP }} variant="default">
              {t("quality.toSettings")}
            </LinkButton>
          )}
        </Empty>
      </>
    );
  }
  return (
    <>
      <div className={css.tiles}>
        <Tile label={t("quality.now")} figure={figure} />
        {figure?.scope !== QualityScope.COMPANY && <Tile label={t("quality.byCompany")} figure={company} />}
      </div>
      <Recount />
      <Section title={t("quality.trend")}>
        <Trend days={days} />
      </Section>
      <div className={css.pair}>
        <Section title={t("quality.worst")}>
          {worst.length === 0 ? (
            <p className={css.quiet}>{t("quality.noWorst")}</p>
          ) : (
            <ul className={css.rows}>
              {worst.map((one) => (
                <li key={one.clientId} className={css.row}>
                  <span className={css.rowText}>
                    <Link to="/clients/$clientId" params={{ clientId: one.clientId }} search={{}} className={css.way}>
                      {one.name}
                    </Link>
                    <span className={css.quiet}>{employees.get(one.responsibleEmployeeId)?.name ?? t("clients.nobody")}</span>
                  </span>
                  <Meter percent={one.percent} />
                  <span className={css.number}>{t("quality.percent", { n: Math.round(one.percent) })}</span>
                </li>
              ))}
            </ul>
          )}
        </Section>
        {below.length > 0 && <Below figures={below} onWhose={onWhose} />}
      </div>
    </>
  );
}

function Tile({ label, figure }: { label: string; figure: QualityFigure | undefined }) {
  const said = (percent: number | undefined): string => (percent === undefined ? "—" : t("quality.percent", { n: Math.round(percent) }));
  return (
    <section className={css.tile} aria-label={label}>
      <p className={css.quiet}>{label}</p>
      <p className={css.big}>{said(figure?.percent)}</p>
      {figure !== undefined && figure.clients > 0n && <p className={css.quiet}>{t("quality.clientsN", { n: Number(figure.clients) })}</p>}
      <dl>
        <dt>{t("quality.contact")}</dt>
        <dd>{said(figure?.contactPercent)}</dd>
        <dt>{t("quality.portrait")}</dt>
        <dd>{said(figure?.portraitPercent)}</dd>
      </dl>
    </section>
  );
}

function Below({ figures, onWhose }: { figures: readonly QualityFigure[]; onWhose: (whose: Whose) => void }) {
  const name = useNameOf();
  return (
    <Section title={t("quality.below")}>
      <ul className={css.rows}>
        {figures.map((figure) => {
          const kind = figure.scope === QualityScope.DEPARTMENT ? "department" : "employee";
          return (
            <li key={`${kind} ${figure.subjectId}`} className={css.row}>
              <span className={css.rowText}>
                <button type="button" className={css.way} onClick={() => onWhose({ kind, id: figure.subjectId })}>
                  {name({ kind, id: figure.subjectId })}
                </button>
                <span className={css.quiet}>{t("quality.clientsN", { n: Number(figure.clients) })}</span>
              </span>
              <Meter percent={figure.percent ?? 0} />
              <span className={css.number}>{t("quality.percent", { n: Math.round(figure.percent ?? 0) })}</span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function useNameOf(): (whose: Whose) => string {
  const employees = useEmployees();
  const departments = useDepartments();
  return (whose) => (whose.kind === "company" ? t("quality.company") : ((whose.kind === "department" ? departments : employees).get(whose.id)?.name ?? "…"));
}

/** The company, oneself, and whoever else one may look at. */
function WhoseField({ whose, data, onWhose }: { whose: Whose; data: GetQualityResponse | undefined; onWhose: (whose: Whose) => void }) {
  const name = useNameOf();
  const me = useEmployeeId();
  const names = collator();
  const of = (scope: QualityScope, kind: "department" | "employee") => {
    const there = data?.below.filter((figure) => figure.scope === scope && figure.subjectId !== me).map(({ subjectId }) => subjectId) ?? [];
    // The chosen one stays among the choices while another answer is on its way.
    const ids = whose.kind === kind && whose.id !== me ? [...new Set([...there, whose.id])] : there;
    return ids.map((id) => ({ value: `${kind}:${id}`, name: name({ kind, id }) })).sort((a, b) => names.compare(a.name, b.name));
  };
  const group = (label: string, items: readonly { value: string; name: string }[]) =>
    items.length > 0 && (
      <optgroup label={label}>
        {items.map(({ value, name: text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </optgroup>
    );
  return (
    <select className={css.whose} aria-label={t("quality.whose")} value={writeWhose(whose) ?? ""} onChange={({ target }) => onWhose(readWhose(target.value))}>
      <option value="">{t("quality.company")}</option>
      <option value={`employee:${me}`}>{t("quality.myself")}</option>
      {group(t("quality.departments"), of(QualityScope.DEPARTMENT, "department"))}
      {group(t("quality.employees"), of(QualityScope.EMPLOYEE, "employee"))}
    </select>
  );
}
