import { createRoute, redirect } from "@tanstack/react-router";
import { withTexts } from "../i18n/index.ts";
import { screen } from "./screen.ts";
import { signedIn } from "./signedIn.ts";

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : typeof value === "number" ? String(value) : undefined);

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: "/settings",
  component: screen(() => withTexts(import("./SettingsLayout.tsx"), "settings"), "SettingsLayout"),
});

const home = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/channels" });
  },
});

const employees = createRoute({
  getParentRoute: () => settings,
  path: "/employees",
  validateSearch: (raw: Record<string, unknown>): { q?: string | undefined; department?: string | undefined; dismissed?: true | undefined } => ({
    q: text(raw["q"]),
    department: text(raw["department"]),
    dismissed: raw["dismissed"] === true ? true : undefined,
  }),
  component: screen(() => withTexts(import("../features/organisation/employees/EmployeesPage.tsx"), "organisation"), "EmployeesPage"),
});

const newEmployee = createRoute({
  getParentRoute: () => settings,
  path: "/employees/new",
  validateSearch: (raw: Record<string, unknown>): { department?: string | undefined } => ({ department: text(raw["department"]) }),
  component: screen(() => withTexts(import("../features/organisation/employees/NewEmployeePage.tsx"), "organisation"), "NewEmployeePage"),
});

const employee = createRoute({
  getParentRoute: () => settings,
  path: "/employees/$employeeId",
  component: screen(() => withTexts(import("../features/organisation/employees/EmployeePage.tsx"), "organisation"), "EmployeePage"),
});

const departments = createRoute({
  getParentRoute: () => settings,
  path: "/departments",
  component: screen(() => withTexts(import("../features/organisation/departments/DepartmentsPage.tsx"), "organisation"), "DepartmentsPage"),
});

/** The open department is part of the tree's screen. */
const department = createRoute({ getParentRoute: () => departments, path: "/$departmentId", component: () => null });

/** Where providers send the browser back with a consent. */
const consent = createRoute({
  getParentRoute: () => settings,
  path: "/consent",
  component: screen(() => withTexts(import("../features/channels/ConsentPage.tsx"), "account"), "ConsentPage"),
});

const roles = createRoute({
  getParentRoute: () => settings,
  path: "/roles",
  component: screen(() => withTexts(import("../features/organisation/roles/RolesPage.tsx"), "organisation"), "RolesPage"),
});

const schedules = createRoute({
  getParentRoute: () => settings,
  path: "/schedules",
  component: screen(() => withTexts(import("../features/organisation/schedules/SchedulesPage.tsx"), "organisation"), "SchedulesPage"),
});

const schedule = createRoute({
  getParentRoute: () => settings,
  path: "/schedules/$scheduleId",
  component: screen(() => withTexts(import("../features/organisation/schedules/SchedulePage.tsx"), "organisation"), "SchedulePage"),
});

const channels = createRoute({
  getParentRoute: () => settings,
  path: "/channels",
  component: screen(() => import("../features/channels/ChannelsPage.tsx"), "ChannelsPage"),
});

const connect = createRoute({
  getParentRoute: () => settings,
  path: "/channels/new/$channel",
  validateSearch: (raw: Record<string, unknown>): { account?: string | undefined; step?: "assign" | undefined } => ({
    account: text(raw["account"]),
    step: raw["step"] === "assign" ? "assign" : undefined,
  }),
  component: screen(() => withTexts(import("../features/channels/ConnectPage.tsx"), "account"), "ConnectPage"),
});

const account = createRoute({
  getParentRoute: () => settings,
  path: "/channels/$accountId",
  component: screen(() => withTexts(import("../features/channels/AccountPage.tsx"), "account"), "AccountPage"),
});

/** What could not be read, of all accounts. */
const quarantine = createRoute({
  getParentRoute: () => settings,
  path: "/quarantine",
  component: screen(() => withTexts(import("../features/channels/QuarantinePage.tsx"), "account"), "QuarantinePage"),
});

const mailings = createRoute({
  getParentRoute: () => settings,
  path: "/mailings",
  validateSearch: (raw: Record<string, unknown>): { after?: string | undefined } => ({ after: text(raw["after"]) }),
  component: screen(() => withTexts(import("../features/mailings/MailingPage.tsx"), "mailings"), "MailingPage"),
});

/** The page itself sees which: one, a new one, or who takes none. */
const mailing = createRoute({ getParentRoute: () => mailings, path: "/$mailingId", component: () => null });

/** What the cards of clients choose from. */
const directories = createRoute({
  getParentRoute: () => settings,
  path: "/directories",
  validateSearch: (raw: Record<string, unknown>): { list?: string | undefined } => ({ list: text(raw["list"]) }),
  component: screen(() => withTexts(import("../features/clients/directories/DirectoriesPage.tsx"), "clients"), "DirectoriesPage"),
});

const cards = createRoute({
  getParentRoute: () => settings,
  path: "/cards",
  component: screen(() => withTexts(import("../features/clients/settings/CardsPage.tsx"), "clients"), "CardsPage"),
});

const leads = createRoute({
  getParentRoute: () => settings,
  path: "/leads",
  component: screen(() => withTexts(import("../features/leads/settings/LeadsSettingsPage.tsx"), "leads"), "LeadsSettingsPage"),
});

const personalData = createRoute({
  getParentRoute: () => settings,
  path: "/personal-data",
  component: screen(() => withTexts(import("../features/clients/personal/PersonalDataPage.tsx"), "personal"), "PersonalDataPage"),
});

const accessLog = createRoute({
  getParentRoute: () => settings,
  path: "/access-log",
  validateSearch: (raw: Record<string, unknown>): Partial<Record<"client" | "employee" | "what" | "from" | "until", string | undefined>> => ({
    client: text(raw["client"]),
    employee: text(raw["employee"]),
    what: text(raw["what"]),
    from: text(raw["from"]),
    until: text(raw["until"]),
  }),
  component: screen(() => withTexts(import("../features/clients/accesses/AccessLogPage.tsx"), "accesses"), "AccessLogPage"),
});

const potential = createRoute({
  getParentRoute: () => settings,
  path: "/potential",
  validateSearch: (raw: Record<string, unknown>): { of?: string | undefined } => ({ of: text(raw["of"]) }),
  component: screen(() => withTexts(import("../features/clients/potential/PotentialSettingsPage.tsx"), "clients", "potential"), "PotentialSettingsPage"),
});

const profile = createRoute({
  getParentRoute: () => settings,
  path: "/profile",
  component: screen(() => withTexts(import("../features/profile/ProfilePage.tsx"), "profile"), "ProfilePage"),
});

const notices = createRoute({
  getParentRoute: () => settings,
  path: "/notifications",
  component: screen(() => withTexts(import("../features/notices/NoticesPage.tsx"), "notices"), "NoticesPage"),
});

export const settingsRoutes = settings.addChildren([
  consent,
  home,
  employees,
  newEmployee,
  employee,
  departments.addChildren([department]),
  roles,
  schedules,
  schedule,
  channels,
  connect,
  account,
  quarantine,
  mailings.addChildren([mailing]),
  directories,
  cards,
  leads,
  personalData,
  accessLog,
  potential,
  profile,
  notices,
]);
