import { useQuery } from "@connectrpc/connect-query";
import { ChannelAccountService } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { collator } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { type Facet, STATES } from "../filter.ts";

export type Choice = { value: string; name: string; detail?: string };

/** What each attribute of the filter can be, by name; oneself first. */
export function useFacets(): Record<Facet, Choice[]> {
  const me = useEmployeeId();
  const employees = useEmployees();
  const departments = useDepartments();
  const accounts = useQuery(ChannelAccountService.method.listChannelAccounts, { pageSize: 200 }).data?.accounts ?? [];
  const byName = (choices: Choice[]): Choice[] => choices.sort((a, b) => collator().compare(a.name, b.name));
  const people = [...employees.values()].filter((employee) => !employee.dismissed || employee.employeeId === me);
  return {
    channel: byName([...new Set(accounts.map((account) => account.channel))].map((value) => ({ value, name: channelTitle(value) }))),
    account: byName(accounts.map((account) => ({ value: account.accountId, name: account.name, detail: channelTitle(account.channel) }))),
    assignee: byName(people.map((employee) => ({ value: employee.employeeId, name: employee.name }))).sort((a, b) => Number(b.value === me) - Number(a.value === me)),
    department: byName([...departments.values()].map((unit) => ({ value: unit.departmentId, name: unit.name }))),
    state: STATES.map((value) => ({ value, name: t(`request.${value}`) })),
  };
}
