import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client, ClientSchema } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { Key } from "../../../i18n/index.ts";
import { type Problem, problemOf } from "../../../rpc/errors.ts";
import { clients } from "../queries.ts";

/** One thing that is done to many clients. */
export type Deed = {
  done: Key;
  /** Whom it changes; the others are left alone and counted as such. */
  concerns: (client: Client) => boolean;
  run: (client: Client) => Promise<Problem | undefined>;
  /** Takes it back from one to whom it was done. */
  undo: (client: Client) => Promise<Problem | undefined>;
};

/** The present version is asked for when a colleague was faster: what is changed here takes nothing of theirs. */
async function onNewest(client: Client, act: (client: Client) => Promise<unknown>): Promise<Problem | undefined> {
  try {
    await act(client);
    return undefined;
  } catch (error) {
    const problem = problemOf(error);
    if (problem.reason !== "ETAG_MISMATCH") return problem;
  }
  try {
    const { client: now } = await clients.getClient({ clientId: client.clientId });
    if (now) await act(now);
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

function update(client: Client, part: (now: Client) => MessageInitShape<typeof ClientSchema>, path: string): Promise<Problem | undefined> {
  return onNewest(client, (now) => clients.updateClient({ client: { ...part(now), clientId: now.clientId, etag: now.etag }, updateMask: { paths: [path] } }));
}

export function giveTo(responsibleEmployeeId: string): Deed {
  const path = "responsible_employee_id";
  return {
    done: "clients.bulk.done.responsible",
    concerns: (client) => client.responsibleEmployeeId !== responsibleEmployeeId,
    run: (client) => update(client, () => ({ responsibleEmployeeId }), path),
    undo: (client) => update(client, () => ({ responsibleEmployeeId: client.responsibleEmployeeId }), path),
  };
}

const withTag = (client: Client, tagId: string): Promise<Problem | undefined> => update(client, ({ tagIds }) => ({ tagIds: [...new Set([...tagIds, tagId])] }), "tag_ids");
const withoutTag = (client: Client, tagId: string): Promise<Problem | undefined> => update(client, ({ tagIds }) => ({ tagIds: tagIds.filter((id) => id !== tagId) }), "tag_ids");

export function addTag(tagId: string): Deed {
  return { done: "clients.bulk.done.tag", concerns: ({ tagIds }) => !tagIds.includes(tagId), run: (client) => withTag(client, tagId), undo: (client) => withoutTag(client, tagId) };
}

export function removeTag(tagId: string): Deed {
  return { done: "clients.bulk.done.untag", concerns: ({ tagIds }) => tagIds.includes(tagId), run: (client) => withoutTag(client, tagId), undo: (client) => withTag(client, tagId) };
}

const away = (client: Client): Promise<Problem | undefined> => onNewest(client, ({ clientId, etag }) => clients.archiveClient({ clientId, etag }));
const back = (client: Client): Promise<Problem | undefined> => onNewest(client, ({ clientId, etag }) => clients.restoreClient({ clientId, etag }));

export const ARCHIVE: Deed = { done: "clients.bulk.done.archive", concerns: ({ archivedAt }) => !archivedAt, run: away, undo: back };
export const RESTORE: Deed = { done: "clients.bulk.done.restore", concerns: ({ archivedAt }) => archivedAt !== undefined, run: back, undo: away };
