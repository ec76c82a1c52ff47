import { Button, Switch } from "@mantine/core";
import { IconSearch, IconUserOff, IconUserPlus, IconX } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { Page } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useTyped } from "../../../ui/list/useTyped.ts";
import { useTitle } from "../../../ui/title.ts";
import { OnlyAdministrators } from "../OnlyAdministrators.tsx";
import { branches } from "../departments/tree.ts";
import css from "../organisation.module.css";
import { useEmployeeSearch } from "../queries.ts";
import { EmployeeTable } from "./EmployeeTable.tsx";

type Search = { q?: string | undefined; department?: string | undefined; dismissed?: true | undefined };

/** Everyone who works here, found by name, login or department. What is shown stands in the address. */
export function EmployeesPage() {
  useT();
  useTitle(t("settings.employees"));
  const administrator = isAdministrator(useMe().employee);
  const search: Search = useSearch({ strict: false });
  const { q = "", department = "", dismissed = false } = search;
  const people = useEmployeeSearch({ query: q, departmentId: department, withDismissed: dismissed });
  const employees = people.data?.pages.flatMap((page) => page.employees) ?? [];
  const problem = people.error && !people.data ? problemOf(people.error) : undefined;
  const filtered = q !== "" || department !== "";
  return (
    <Page title={t("settings.employees")} wide actions={administrator && <Add department={department} />}>
      {!administrator && <OnlyAdministrators />}
      <Filters search={search} />
      {problem && <Failure what={t("employees.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void people.refetch()} />}
      {people.isPending && <SkeletonRows rows={8} height={44} />}
      {people.data && employees.length === 0 && <Nobody filtered={filtered} />}
      {employees.length > 0 && (
        <>
          <EmployeeTable employees={employees} />
          <More people={people} shown={employees.length} />
        </>
      )}
    </Page>
  );
}

function Add({ department }: { department: string }) {
  return (
    <LinkButton to="/settings/employees/new" search={{ department: department || undefined }} leftSection={<IconUserPlus size={16} stroke={1.75} aria-hidden="true" />}>
      {t("employees.add")}
    </LinkButton>
  );
}

function useFilter(): (change: Search) => void {
  const navigate = useNavigate();
  return (change) => void navigate({ to: "/settings/employees", search: (before: Search) => ({ ...before, ...change }), replace: true });
}

function Filters({ search }: { search: Search }) {
  const go = useFilter();
  const departments = useDepartments();
  return (
    <div className={css.filters} role="search">
      <SearchField value={search.q ?? ""} onSearch={(q) => go({ q: q || undefined })} />
      <select className={css.select} aria-label={t("employees.department")} value={search.department ?? ""} onChange={(event) => go({ department: event.target.value || undefined })}>
        <option value="">{t("employees.everyDepartment")}</option>
        {branches(departments).map(({ department, depth }) => (
          <option key={department.departmentId} value={department.departmentId}>
            {"\u2003".repeat(depth) + department.name}
          </option>
        ))}
      </select>
      <Switch label={t("employees.withDismissed")} checked={search.dismissed ?? false} onChange={(event) => go({ dismissed: event.currentTarget.checked || undefined })} />
    </div>
  );
}

function SearchField({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useTyped(value, onSearch);
  return (
    <div className={css.search}>
      <IconSearch size={16} stroke={1.75} aria-hidden="true" />
      <input type="search" aria-label={t("employees.search")} placeholder={t("employees.search")} value={typed} onChange={(event) => setTyped(event.target.value)} />
    </div>
  );
}

function Nobody({ filtered }: { filtered: boolean }) {
  const go = useFilter();
  return (
    <Empty icon={IconUserOff} title={filtered ? t("employees.noneFound") : t("employees.none")}>
      {filtered && (
        <Button variant="default" leftSection={<IconX size={16} stroke={1.75} aria-hidden="true" />} onClick={() => go({ q: undefined, department: undefined })}>
          {t("employees.resetFilter")}
        </Button>
      )}
    </Empty>
  );
}

/** The next page comes by itself when the end is near; the button is for the keyboard and for slow lines. */
function More({ people, shown }: { people: ReturnType<typeof useEmployeeSearch>; shown: number }) {
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = people;
  useEffect(() => {
    const node = end.current;
    if (!node || !hasNextPage || isFetchingNextPage) return;
    const near = new IntersectionObserver(([entry]) => entry?.isIntersecting && void fetchNextPage(), { rootMargin: "400px" });
    near.observe(node);
    return () => near.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <div ref={end} className={css.more}>
      <span className={css.muted} role="status">
        {hasNextPage ? t("employees.shown", { n: shown }) : t("employees.all", { n: shown })}
      </span>
      {hasNextPage && (
        <Button variant="default" size="compact-sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {t("employees.more")}
        </Button>
      )}
    </div>
  );
}
