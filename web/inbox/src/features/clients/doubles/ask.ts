import { createClient } from "@connectrpc/connect";
import { createQueryOptions } from "@connectrpc/connect-query";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ClientSchema } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { ContactSchema } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
import type { DuplicateCandidate } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { DuplicateService, type MatchSettings } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { queryClient } from "../../../rpc/query.ts";
import { transport } from "../../../rpc/transport.ts";
import type { ContactField } from "../contacts/form.ts";
import type { ClientField } from "../form.ts";

const duplicates = createClient(DuplicateService, transport);

/** What tells two of them apart: a change of anything else makes nobody a double. */
const TELLING: ReadonlySet<string> = new Set<ClientField>(["name", "workingName", "surname", "givenName", "patronymic", "birthday", "inn", "kpp", "addresses"]);

export function isTelling(fields: readonly (ClientField | ContactField)[]): boolean {
  return fields.some((field) => TELLING.has(field));
}

/** Who a changed client may be by now, where the company asks for that; a new one is asked about by the server itself. */
export async function likelyDoubles(client: MessageInitShape<typeof ClientSchema>): Promise<DuplicateCandidate[]> {
  return (await rules())?.checkOnCreate ? (await duplicates.checkDuplicates({ client })).candidates : [];
}

/** The same of a contact. */
export async function likelyContacts(contact: MessageInitShape<typeof ContactSchema>): Promise<DuplicateCandidate[]> {
  return (await rules())?.checkContactsOnCreate ? (await duplicates.checkDuplicates({ contact })).candidates : [];
}

async function rules(): Promise<MatchSettings | undefined> {
  return (await queryClient.fetchQuery({ ...createQueryOptions(DuplicateService.method.getMatchSettings, {}, { transport }), staleTime: 60_000 })).settings;
}
