import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Employee, EmployeeSchema, Role } from "../../../gen/okno/org/v1/employee_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";

export type EmployeeForm = {
  name: string;
  login: string;
  email: string;
  departmentIds: readonly string[];
  roles: readonly Role[];
  scheduleId: string;
  language: string;
  timeZone: string;
};

export type FormField = keyof EmployeeForm;
export type FormErrors = Partial<Record<FormField, string>>;

/** How the contract names what a form field holds, and how people call it. */
const FIELDS: Record<FormField, [path: string, label: Key]> = {
  name: ["name", "employees.fullName"],
  login: ["login", "employees.login"],
  email: ["email", "employees.email"],
  departmentIds: ["department_ids", "employees.departments"],
  roles: ["roles", "employees.roles"],
  scheduleId: ["schedule_id", "employees.schedule"],
  language: ["language", "employees.language"],
  timeZone: ["time_zone", "employees.timeZone"],
};

export function fieldName(field: string): string {
  return field in FIELDS ? t(FIELDS[field as FormField][1]) : field;
}

export function pathsOf(fields: readonly FormField[]): string[] {
  return fields.map((field) => FIELDS[field][0]);
}

/** The form field that an error of the server's means ("employee.login", "login"). */
export function fieldOf(path: string): FormField | undefined {
  const name = path.replace(/^employee\./u, "");
  return (Object.keys(FIELDS) as FormField[]).find((field) => FIELDS[field][0] === name);
}

export function formOf(employee: Employee): EmployeeForm {
  const { name, login, email, departmentIds, roles, scheduleId, language, timeZone } = employee;
  return { name, login, email, departmentIds: [...departmentIds].sort(), roles: [...roles].sort(), scheduleId, language, timeZone };
}

export function message(form: EmployeeForm): MessageInitShape<typeof EmployeeSchema> {
  return { ...form, name: form.name.trim(), login: form.login.trim(), email: form.email.trim(), departmentIds: [...form.departmentIds], roles: [...form.roles] };
}

/** What can be said before the server is asked; it checks the same. */
export function errorsOf(form: EmployeeForm): FormErrors {
  const login = form.login.trim();
  return {
    ...(form.name.trim() ? {} : { name: t("form.required") }),
    ...(login.length >= 2 && !/\s/u.test(login) ? {} : { login: t("employees.loginWrong") }),
    ...(!form.email.trim() || /^\S+@\S+\.\S+$/u.test(form.email.trim()) ? {} : { email: t("employees.emailWrong") }),
    ...(form.roles.length > 0 ? {} : { roles: t("employees.rolesWrong") }),
  };
}
