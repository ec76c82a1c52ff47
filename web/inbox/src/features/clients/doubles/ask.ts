import { createClient } from "@connectrpc/connect";
import { createQueryOptions } from "@connectrpc/connect-query";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ClientSchema } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { DuplicateCandidate } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { DuplicateService } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { queryClient } from "../../../rpc/query.ts";
import { transport } from "../../../rpc/transport.ts";
import type { ClientField } from "../form.ts";

const duplicates = createClient(DuplicateService, transport);

/** What tells two clients apart: a change of anything else makes nobody a double. */
const TELLING: ReadonlySet<ClientField> = new Set<ClientField>(["name", "workingName", "surname", "givenName", "patronymic", "birthday", "inn", "kpp", "addresses"]);

export function isTelling(fields: readonly ClientField[]): boolean {
  return fields.some((field) => TELLING.has(field));
}

/** Who a changed client may be by now, where the company asks for that; a new one is asked about by the server itself. */
export async function likelyDoubles(client: MessageInitShape<typeof ClientSchema>): Promise<DuplicateCandidate[]> {
  const { settings } = await queryClient.fetchQuery({ ...createQueryOptions(DuplicateService.method.getMatchSettings, {}, { transport }), staleTime: 60_000 });
  return settings?.checkOnCreate ? (await duplicates.checkDuplicates({ client })).candidates : [];
}
