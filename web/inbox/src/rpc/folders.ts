import { createClient } from "@connectrpc/connect";
import { queryOptions } from "@tanstack/react-query";
import { type Folder, FolderKind, FolderService } from "../gen/okno/inbox/v1/folder_service_pb.ts";
import { t } from "../i18n/index.ts";
import { queryClient } from "./query.ts";
import { transport } from "./transport.ts";

export const folders = createClient(FolderService, transport);

/** The live feed tells of folders as of their account, and finds them by this name. */
const SERVICE = { serviceName: "okno.inbox.v1.ChannelAccountService" };

/** The folders of an account, each behind the one that it is in. */
export function foldersOptions(accountId: string, withCounts = false) {
  return queryOptions({
    queryKey: ["folders", SERVICE, accountId, withCounts],
    queryFn: async ({ signal }) => (await folders.listFolders({ accountId, withCounts }, { signal })).folders,
  });
}

export function rulesOptions(accountId: string) {
  return queryOptions({
    queryKey: ["folder-rules", SERVICE, accountId],
    queryFn: ({ signal }) => folders.listFolderRules({ accountId }, { signal }),
  });
}

export async function refreshFolders(): Promise<void> {
  await Promise.all([queryClient.invalidateQueries({ queryKey: ["folders"] }), queryClient.invalidateQueries({ queryKey: ["folder-rules"] })]);
}

export function folderName({ kind, name }: Pick<Folder, "kind" | "name">): string {
  if (kind === FolderKind.INBOX) return t("folders.inbox");
  if (kind === FolderKind.JUNK) return t("folders.junk");
  return kind === FolderKind.DELETED ? t("folders.deletedOnes") : name;
}

/** "Спам / Рассылки" */
export function folderPath(all: readonly Folder[], folderId: string): string {
  const folder = all.find((one) => one.folderId === folderId);
  if (!folder) return "…";
  return folder.parentFolderId ? `${folderPath(all, folder.parentFolderId)} / ${folderName(folder)}` : folderName(folder);
}

/** How many folders a folder is in. */
export function depthOf(all: readonly Folder[], { parentFolderId }: Folder): number {
  const parent = all.find((one) => one.folderId === parentFolderId);
  return parent ? 1 + depthOf(all, parent) : 0;
}

/** A folder and those below it. */
export function subtreeOf(all: readonly Folder[], folderId: string): ReadonlySet<string> {
  const found = new Set([folderId]);
  // Each stands behind the one that it is in.
  for (const folder of all) if (found.has(folder.parentFolderId)) found.add(folder.folderId);
  return found;
}
