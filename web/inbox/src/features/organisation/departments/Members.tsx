import { Link } from "@tanstack/react-router";
import type { Department } from "../../../gen/okno/org/v1/department_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { PresenceMark } from "../../../ui/PresenceMark.tsx";
import { Section } from "../../../ui/Page.tsx";
import org from "../organisation.module.css";
import { presenceOf, presenceText, rolesText } from "../words.ts";
import css from "./departments.module.css";

const SHOWN = 12;

/** Who works in the department itself; the rest is one click away. */
export function Members({ department }: { department: Department }) {
  const everyone = useEmployees();
  const members = [...everyone.values()].filter((employee) => !employee.dismissed && employee.departmentIds.includes(department.departmentId));
  return (
    <Section title={t("departments.members", { n: members.length })}>
      {members.length === 0 && <p className={org.muted}>{t("departments.noMembers")}</p>}
      <ul className={css.members}>
        {members.slice(0, SHOWN).map((employee) => (
          <li key={employee.employeeId} className={css.member}>
            <Avatar name={employee.name} size="sm" />
            <Link className={org.link} to="/settings/employees/$employeeId" params={{ employeeId: employee.employeeId }}>
              {employee.name}
            </Link>
            <span className={css.memberRole}>{rolesText(employee.roles)}</span>
            <PresenceMark state={presenceOf(employee)} label={presenceText(employee)} />
          </li>
        ))}
      </ul>
      <div className={org.buttons}>
        <LinkButton variant="default" size="compact-sm" to="/settings/employees" search={{ department: department.departmentId }}>
          {t("departments.allMembers")}
        </LinkButton>
      </div>
    </Section>
  );
}
