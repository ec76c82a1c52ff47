import { Button } from "@mantine/core";
import { IconPlus, IconSitemap } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { t, useT } from "../../../i18n/index.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { isAdministrator, useMe } from "../../../rpc/session.ts";
import { Boundary } from "../../../ui/Boundary.tsx";
import { Page } from "../../../ui/Page.tsx";
import { Empty, Failure, SkeletonRows } from "../../../ui/States.tsx";
import { useTitle } from "../../../ui/title.ts";
import { OnlyAdministrators } from "../OnlyAdministrators.tsx";
import css from "./departments.module.css";
import { DepartmentPanel } from "./DepartmentPanel.tsx";
import { NewDepartment } from "./NewDepartment.tsx";
import { Tree } from "./Tree.tsx";
import { useDepartmentsState } from "./useDepartmentsState.ts";

/** The tree at the left, the chosen department at the right; the choice stands in the address. */
export function DepartmentsPage() {
  useT();
  const { departmentId = "" } = useParams({ strict: false });
  const administrator = isAdministrator(useMe().employee);
  const departments = useDepartments();
  const { ready, failure } = useDepartmentsState();
  const [parent, setParent] = useState<string>();
  const navigate = useNavigate();
  const chosen = departments.get(departmentId);
  useTitle(chosen?.name ?? "", t("settings.departments"));
  const create = administrator && (
    <Button variant={chosen ? "default" : "filled"} leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setParent("")}>
      {t("departments.add")}
    </Button>
  );
  return (
    <Page title={t("settings.departments")} wide actions={departments.size > 0 && create}>
      {!administrator && <OnlyAdministrators />}
      {failure && <Failure {...failure} />}
      {!ready && !failure && <SkeletonRows rows={5} height={36} />}
      {ready && departments.size === 0 && (
        <Empty icon={IconSitemap} title={t("departments.none")}>
          {create}
        </Empty>
      )}
      {departments.size > 0 && (
        <div className={css.columns} data-chosen={departmentId || undefined}>
          <div className={css.tree}>
            <Boundary what={t("departments.crashed")}>
              <Tree departments={departments} chosen={departmentId} onChoose={(id) => void navigate({ to: "/settings/departments/$departmentId", params: { departmentId: id } })} />
            </Boundary>
          </div>
          <div className={css.panel}>
            {departmentId && (
              <Link to="/settings/departments" className={css.toTree}>
                {t("departments.toTree")}
              </Link>
            )}
            {chosen && (
              <Boundary key={chosen.departmentId} what={t("departments.oneCrashed")}>
                <DepartmentPanel department={chosen} departments={departments} locked={!administrator} onAddBelow={() => setParent(chosen.departmentId)} />
              </Boundary>
            )}
            {!chosen && departmentId && ready && <Empty icon={IconSitemap} title={t("departments.notFound")} />}
            {!chosen && !departmentId && <p className={css.hint}>{t("departments.choose")}</p>}
          </div>
        </div>
      )}
      {parent !== undefined && <NewDepartment parent={departments.get(parent)} onClose={() => setParent(undefined)} />}
    </Page>
  );
}
