import { IconCheck, IconMinus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Employee } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Page, Section } from "../../../ui/Page.tsx";
import { useTitle } from "../../../ui/title.ts";
import table from "../../../ui/form/table.module.css";
import org from "../organisation.module.css";
import { type KnownRole, roleName, ROLES } from "../words.ts";
import { ABILITIES, type Ability, rights } from "./rights.ts";
import css from "./roles.module.css";

/** What each role may, as a table to read, and who has it. Roles add up. */
export function RolesPage() {
  useT();
  useTitle(t("settings.roles"));
  return (
    <Page title={t("settings.roles")} wide>
      <p className={css.lead}>{t("roles.lead")}</p>
      <Rights />
      <div className={css.who}>
        {ROLES.map((role) => (
          <Holders key={role} role={role} />
        ))}
      </div>
    </Page>
  );
}

function Rights() {
  return (
    <div className={table.wrap} tabIndex={0} role="region" aria-label={t("settings.roles")}>
      <table className={table.table} data-pinned>
        <thead>
          <tr>
            <th scope="col">{t("roles.may")}</th>
            {ROLES.map((role) => (
              <th key={role} scope="col">
                {roleName(role)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ABILITIES.map((ability) => (
            <tr key={ability}>
              <th scope="row">{t(`ability.${ability}`)}</th>
              {ROLES.map((role) => (
                <td key={role}>
                  <Right ability={ability} role={role} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Right({ ability, role }: { ability: Ability; role: KnownRole }) {
  const scope = rights(role)[ability];
  const Icon = scope ? IconCheck : IconMinus;
  return (
    <span className={css.right} data-none={scope ? undefined : true}>
      <Icon size={16} stroke={1.75} aria-hidden="true" />
      {t(`scope.${scope ?? "none"}`)}
    </span>
  );
}

const SHOWN = 8;

function Holders({ role }: { role: KnownRole }) {
  const everyone = useEmployees();
  const holders: Employee[] = [...everyone.values()].filter((employee) => !employee.dismissed && employee.roles.includes(role));
  return (
    <Section title={`${roleName(role)} · ${holders.length}`}>
      <p className={org.muted}>{t(`role.hint.${role}`)}</p>
      {holders.length === 0 && <p className={org.muted}>{t("roles.nobody")}</p>}
      <ul>
        {holders.slice(0, SHOWN).map((employee) => (
          <li key={employee.employeeId} className={css.holder}>
            <Avatar name={employee.name} size="sm" />
            <Link className={org.link} to="/settings/employees/$employeeId" params={{ employeeId: employee.employeeId }}>
              {employee.name}
            </Link>
          </li>
        ))}
      </ul>
      {holders.length > SHOWN && (
        <p>
          <Link to="/settings/employees">{t("roles.andMore", { n: holders.length - SHOWN })}</Link>
        </p>
      )}
    </Section>
  );
}
