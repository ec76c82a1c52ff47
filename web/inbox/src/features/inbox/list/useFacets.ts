import { useQuery } from "@connectrpc/connect-query";
import { useQuery as useAnyQuery } from "@tanstack/react-query";
import { type ChannelAccount, ChannelAccountService } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { channelTitle } from "../../../i18n/channel.ts";
import { collator } from "../../../i18n/format.ts";
import { currentLanguage, t } from "../../../i18n/index.ts";
import { useDepartments } from "../../../rpc/departments.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { type Facet, type ListFilter, STATES } from "../filter.ts";

export type Choice = { value: string; name: string; detail?: string };

/** Mailboxes whose folders are offered without one of them being chosen before. */
const MAILBOXES = 5;

/** What each attribute of the filter can be, by name; oneself first. */
export function useFacets(filter: ListFilter): Record<Facet, Choice[]> {
  const me = useEmployeeId();
  const employees = useEmployees();
  const departments = useDepartments();
  const accounts = useQuery(ChannelAccountService.method.listChannelAccounts, { pageSize: 200 }).data?.accounts ?? [];
  const folders = useFolderChoices(filter, accounts);
  const byName = (choices: Choice[]): Choice[] => choices.sort((a, b) => collator().compare(a.name, b.name));
  const people = [...employees.values()].filter((employee) => !employee.dismissed || employee.employeeId === me);
  return {
    channel: byName([...new Set(accounts.map((account) => account.channel))].map((value) => ({ value, name: channelTitle(value) }))),
    account: byName(accounts.map((account) => ({ value: account.accountId, name: account.name, detail: channelTitle(account.channel) }))),
    folder: folders,
    assignee: byName(people.map((employee) => ({ value: employee.employeeId, name: employee.name }))).sort((a, b) => Number(b.value === me) - Number(a.value === me)),
    department: byName([...departments.values()].map((unit) => ({ value: unit.departmentId, name: unit.name }))),
    state: STATES.map((value) => ({ value, name: t(`request.${value}`) })),
  };
}

const NO_CHOICES: Choice[] = [];

/** Folders of the chosen mailboxes, else of all where there are few. */
function useFolderChoices({ values }: ListFilter, accounts: readonly ChannelAccount[]): Choice[] {
  const mailboxes = accounts.filter((account) => account.capabilities?.letters && (values.account.length === 0 || values.account.includes(account.accountId)));
  const asked = mailboxes.length <= MAILBOXES ? mailboxes.map(({ accountId, name }) => ({ accountId, name })) : [];
  const { data } = useAnyQuery({
    queryKey: ["folders", { serviceName: ChannelAccountService.typeName }, "choices", asked, currentLanguage()],
    queryFn: async () => (await import("../folders/folderChoices.ts")).folderChoices(asked),
    enabled: asked.length > 0,
  });
  return data ?? NO_CHOICES;
}
