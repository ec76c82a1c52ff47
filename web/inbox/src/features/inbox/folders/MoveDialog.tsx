import { useQuery } from "@tanstack/react-query";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { type Folder, FolderKind } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { folderPath, folders, foldersOptions } from "../../../rpc/folders.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Picker, type PickerItem } from "../../../ui/Picker.tsx";
import { Failure } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import { refreshConversation } from "../live.ts";

type Props = { rows: readonly Conversation[]; onClose: () => void; onMoved?: () => void };

/** Puts dialogs of one account into one of its folders. */
export function MoveDialog({ rows, onClose, onMoved }: Props) {
  useT();
  const { data, error, refetch } = useQuery(foldersOptions(rows[0]?.accountId ?? ""));
  const problem = error ? problemOf(error) : undefined;
  const pick = (folderId: string): void => {
    onClose();
    void move(rows, folderId, data ?? []).then((done) => done && onMoved?.());
  };
  return (
    <Dialog title={t("folders.moveTitle")} onClose={onClose}>
      {problem && !data && <Failure what={t("folders.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {/* The field is there at once: whoever knows the name types on. */}
      {(data || !problem) && <Picker label={t("folders.to")} items={(data ?? []).map((folder) => item(data ?? [], folder, rows))} empty={t(data ? "picker.none" : "state.loading")} onPick={({ id }) => pick(id)} />}
    </Dialog>
  );
}

function item(all: readonly Folder[], folder: Folder, rows: readonly Conversation[]): PickerItem {
  const lies = rows.every((row) => (row.folderId ? row.folderId === folder.folderId : folder.kind === FolderKind.INBOX));
  return { id: folder.folderId, name: folderPath(all, folder.folderId), ...(lies ? { refused: t("folders.liesHere") } : {}) };
}

async function move(rows: readonly Conversation[], folderId: string, all: readonly Folder[]): Promise<boolean> {
  try {
    const { movedIds, refusedIds } = await folders.moveConversations({ conversationIds: rows.map((row) => row.conversationId), folderId });
    for (const id of movedIds) refreshConversation(id);
    if (refusedIds.length > 0) toast(t("folders.moveRefused", { n: refusedIds.length }), { error: true });
    const moved = rows.filter((row) => movedIds.includes(row.conversationId));
    if (moved.length > 0) toast(t("folders.moved", { n: moved.length, name: folderPath(all, folderId) }), { undo: () => void back(moved, all) });
    return refusedIds.length === 0;
  } catch (error) {
    toast(problemText(problemOf(error)), { error: true });
    return false;
  }
}

/** Each to where it was. */
async function back(rows: readonly Conversation[], all: readonly Folder[]): Promise<void> {
  const inbox = all.find((folder) => folder.kind === FolderKind.INBOX)?.folderId ?? "";
  try {
    for (const folderId of new Set(rows.map((row) => row.folderId || inbox))) {
      const conversationIds = rows.filter((row) => (row.folderId || inbox) === folderId).map((row) => row.conversationId);
      const { movedIds } = await folders.moveConversations({ conversationIds, folderId });
      for (const id of movedIds) refreshConversation(id);
    }
  } catch (error) {
    toast(problemText(problemOf(error)), { error: true });
  }
}
