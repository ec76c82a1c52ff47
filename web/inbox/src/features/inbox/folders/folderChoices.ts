import { needTexts } from "../../../i18n/index.ts";
import { FolderKind } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import { folderPath, folders } from "../../../rpc/folders.ts";
import type { Choice } from "../list/useFacets.ts";
import { inboxFolders } from "../views.ts";

/** The folders of some mailboxes, as the filter offers them. */
export async function folderChoices(accounts: readonly { accountId: string; name: string }[]): Promise<Choice[]> {
  const [lists] = await Promise.all([Promise.all(accounts.map(({ accountId }) => folders.listFolders({ accountId }).catch(() => undefined))), needTexts("folders")]);
  return lists.flatMap((list, index) =>
    (list?.folders ?? []).map((folder): Choice => {
      if (folder.kind === FolderKind.INBOX) inboxFolders.set(folder.folderId, folder.accountId);
      const name = folderPath(list?.folders ?? [], folder.folderId);
      return { value: folder.folderId, name, ...(accounts.length > 1 ? { detail: accounts[index]?.name ?? "" } : {}) };
    }),
  );
}
