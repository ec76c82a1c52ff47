import { type Employee, PresenceChoice, Role } from "../../gen/okno/org/v1/employee_service_pb.ts";
import { type Key, t } from "../../i18n/index.ts";
import type { PresenceState } from "../../ui/PresenceMark.tsx";

export const ROLES = [Role.OPERATOR, Role.HEAD, Role.ADMINISTRATOR] as const;
export type KnownRole = (typeof ROLES)[number];

const ROLE_NAMES: Record<KnownRole, Key> = {
  [Role.OPERATOR]: "role.operator",
  [Role.HEAD]: "role.head",
  [Role.ADMINISTRATOR]: "role.administrator",
};

export function roleName(role: Role): string {
  return role in ROLE_NAMES ? t(ROLE_NAMES[role as KnownRole]) : "—";
}

export function rolesText(roles: readonly Role[]): string {
  return ROLES.filter((role) => roles.includes(role)).map(roleName).join(", ");
}

/** Whether a page of theirs is open, and what they chose. */
export function presenceOf({ presence }: Employee): PresenceState {
  if (!presence?.online) return "offline";
  return presence.choice === PresenceChoice.AWAY ? "away" : "available";
}

export function presenceText(employee: Employee): string {
  return t(`presence.${presenceOf(employee)}`);
}
