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

type Still = (now: Client) => boolean;

/** The present version is changed when a colleague was faster, unless that was about the same thing: theirs is newer. */
async function onNewest(client: Client, act: (client: Client) => Promise<unknown>, still: Still = () => true): Promise<Problem | undefined> {
  let stale: Problem;
  try {
    await act(client);
    return undefined;
  } catch (error) {
    stale = problemOf(error);
    if (stale.reason !== "ETAG_MISMATCH") return stale;
  }
  try {
    const { client: now } = await clients.getClient({ clientId: client.clientId });
    if (!now || !still(now)) return stale;
    await act(now);
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

function update(client: Client, part: (now: Client) => MessageInitShape<typeof ClientSchema>, path: string, still?: Still): Promise<Problem | undefined> {
  return onNewest(client, (now) => clients.updateClient({ client: { ...part(now), clientId: now.clientId, etag: now.etag }, updateMask: { paths: [path] } }), still);
}

export function giveTo(responsibleEmployeeId: string): Deed {
  const path = "responsible_employee_id";
  return {
    done: "clients.bulk.done.responsible",
    concerns: (client) => client.responsibleEmployeeId !== responsibleEmployeeId,
    run: (client) => update(client, () => ({ responsibleEmployeeId }), path, (now) => now.responsibleEmployeeId === client.responsibleEmployeeId),
    undo: (client) => update(client, () => ({ responsibleEmployeeId: client.responsibleEmployeeId }), path, (now) => now.responsibleEmployeeId === responsibleEmployeeId),
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
