import { clone, create } from "@bufbuild/protobuf";
import { Code, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { Conversation } from "../../src/gen/okno/inbox/v1/conversation_pb.ts";
import { type Folder, type FolderCondition, FolderField, FolderGroupKind, FolderKind, FolderOperator, type FolderRule, type FolderRun, FolderRunSchema, FolderRunState, FolderSchema, FolderService } from "../../src/gen/okno/inbox/v1/folder_service_pb.ts";
import { Role } from "../../src/gen/okno/org/v1/employee_service_pb.ts";
import { newId } from "../../src/rpc/ids.ts";
import { refuse, stamp, type World } from "../world.ts";

type Rules = { rules: FolderRule[]; revision: number };

/** Folders and rules as router keeps them; sorting is done when it is asked for. */
export function folders(router: ConnectRouter, world: World): void {
  const all = world.folders;
  const rules = new Map<string, Rules>();
  const runs = new Map<string, FolderRun>();
  const ofAccount = (accountId: string): Folder[] => {
    if (!world.accounts.has(accountId)) throw refuse("ACCOUNT_NOT_FOUND", Code.NotFound);
    const known = (): Folder[] => [...all.values()].filter((folder) => folder.accountId === accountId);
    if (known().length === 0) for (const kind of [FolderKind.INBOX, FolderKind.JUNK, FolderKind.DELETED]) put({ folderId: newId(), accountId, kind, etag: "r1" });
    return known();
  };
  const put = (folder: Parameters<typeof create<typeof FolderSchema>>[1]): Folder => {
    const made = create(FolderSchema, folder);
    all.set(made.folderId, made);
    return made;
  };
  const get = (folderId: string): Folder => {
    const folder = all.get(folderId);
    if (!folder) throw refuse("FOLDER_NOT_FOUND", Code.NotFound);
    return folder;
  };
  const changed = (accountId: string): void => world.event({ what: { case: "channelAccountChanged", value: { accountId } } });
  const administrator = (context: HandlerContext): void => {
    if (!world.caller(context).roles.includes(Role.ADMINISTRATOR)) throw refuse("PERMISSION", Code.PermissionDenied);
  };
  const inOrder = (known: readonly Folder[], parent = ""): Folder[] =>
    known
      .filter((folder) => folder.parentFolderId === parent)
      .sort((a, b) => (a.kind || 9) - (b.kind || 9) || a.name.localeCompare(b.name))
      .flatMap((folder) => [folder, ...inOrder(known, folder.folderId)]);
  const below = (folderId: string): string[] => [folderId, ...[...all.values()].filter((folder) => folder.parentFolderId === folderId).flatMap((folder) => below(folder.folderId))];
  const liesIn = (folder: Folder, row: Conversation): boolean => (row.folderId ? row.folderId === folder.folderId : folder.kind === FolderKind.INBOX && row.accountId === folder.accountId);
  const lay = (row: Conversation, folder: Folder): void => {
    row.folderId = folder.kind === FolderKind.INBOX ? "" : folder.folderId;
    world.changed(row, []);
  };
  router.service(FolderService, {
    listFolders({ accountId, withCounts }, context) {
      const me = world.caller(context);
      const rows = [...world.conversations.values()].map((row) => world.seenBy(row, me));
      const counted = (folder: Folder): Folder => {
        const here = rows.filter((row) => liesIn(folder, row));
        return Object.assign(clone(FolderSchema, folder), withCounts ? { conversations: here.length, unread: here.filter((row) => row.unread > 0).length } : {});
      };
      return { folders: inOrder(ofAccount(accountId)).map(counted) };
    },
    createFolder({ requestId, folder }, context) {
      administrator(context);
      ofAccount(folder?.accountId ?? "");
      const made = all.get(requestId) ?? put({ accountId: folder?.accountId ?? "", name: folder?.name ?? "", parentFolderId: folder?.parentFolderId ?? "", folderId: requestId, etag: "r1" });
      changed(made.accountId);
      return { folder: made };
    },
    updateFolder({ folder, updateMask }, context) {
      administrator(context);
      const known = get(folder?.folderId ?? "");
      if (folder?.etag && folder.etag !== known.etag) throw refuse("ETAG_MISMATCH", Code.Aborted);
      if (below(known.folderId).includes(folder?.parentFolderId ?? "")) throw refuse("FOLDER_CYCLE", Code.FailedPrecondition);
      const paths = updateMask?.paths ?? [];
      const made = put({ ...known, etag: `${known.etag}+`, ...(paths.includes("name") ? { name: folder?.name } : {}), ...(paths.includes("parent_folder_id") || paths.includes("parentFolderId") ? { parentFolderId: folder?.parentFolderId } : {}) });
      changed(made.accountId);
      return { folder: made };
    },
    deleteFolder({ folderId, toFolderId }, context) {
      administrator(context);
      const { accountId } = get(folderId);
      const gone = below(folderId);
      const using = (rules.get(accountId)?.rules ?? []).filter((rule) => gone.includes(rule.folderId));
      if (using.length > 0) throw refuse("FOLDER_IN_USE", Code.FailedPrecondition, { rules: using.map((rule) => rule.name).join(", ") });
      const to = get(toFolderId || (ofAccount(accountId)[0]?.folderId ?? ""));
      for (const row of world.conversations.values()) if (gone.includes(row.folderId)) lay(row, to);
      for (const id of gone) all.delete(id);
      changed(accountId);
      return {};
    },
    listFolderRules({ accountId }, context) {
      administrator(context);
      const known = rules.get(accountId);
      return { rules: known?.rules ?? [], etag: `r${known?.revision ?? 0}` };
    },
    replaceFolderRules({ accountId, rules: next, etag }, context) {
      administrator(context);
      const revision = rules.get(accountId)?.revision ?? 0;
      if (etag && etag !== `r${revision}`) throw refuse("ETAG_MISMATCH", Code.Aborted);
      rules.set(accountId, { rules: next, revision: revision + 1 });
      changed(accountId);
      return { rules: next, etag: `r${revision + 1}` };
    },
    runFolderRules({ runId, folderId, withSubfolders, ruleIds }, context) {
      administrator(context);
      const folder = get(folderId);
      const known = rules.get(folder.accountId)?.rules ?? [];
      const chosen = ruleIds.length > 0 ? ruleIds.flatMap((id) => known.find((rule) => rule.ruleId === id) ?? []) : known.filter((rule) => !rule.off);
      const where = (withSubfolders ? below(folderId) : [folderId]).map(get);
      const rows = [...world.conversations.values()].filter((row) => where.some((one) => liesIn(one, row)));
      const run = create(FolderRunSchema, { runId, accountId: folder.accountId, state: FolderRunState.RUNNING, conversations: rows.length, startedAt: stamp(Date.now()) });
      runs.set(runId, run);
      setTimeout(() => {
        for (const row of rows) {
          const rule = chosen.find(({ condition }) => fits(condition, subjectOf(world, row)));
          if (rule && !liesIn(get(rule.folderId), row)) {
            lay(row, get(rule.folderId));
            run.moved += 1;
          }
        }
        Object.assign(run, { lookedAt: rows.length, state: FolderRunState.DONE, endedAt: stamp(Date.now()) });
        changed(folder.accountId);
      }, 1_500);
      return { run };
    },
    getFolderRun({ runId }) {
      const run = runs.get(runId);
      if (!run) throw refuse("FOLDER_NOT_FOUND", Code.NotFound);
      return { run };
    },
    moveConversations({ conversationIds, folderId }) {
      const folder = get(folderId);
      const fit = (id: string): boolean => world.conversations.get(id)?.accountId === folder.accountId;
      for (const id of conversationIds.filter(fit)) {
        const row = world.conversations.get(id);
        if (row) lay(row, folder);
      }
      return { movedIds: conversationIds.filter(fit), refusedIds: conversationIds.filter((id) => !fit(id)) };
    },
  });
}

function subjectOf(world: World, { conversationId }: Conversation): string {
  const first = (world.messages.get(conversationId) ?? []).find((message) => message.content?.letter);
  return `${first?.content?.letter?.subject ?? ""} ${first?.content?.text ?? ""}`.toLowerCase().replaceAll("ё", "е");
}

/** As far as subjects and texts go. */
function fits(condition: FolderCondition | undefined, text: string): boolean {
  const what = condition?.what;
  if (what?.case === "group") return what.value.kind === FolderGroupKind.ANY ? what.value.conditions.some((inner) => fits(inner, text)) : what.value.conditions.every((inner) => fits(inner, text));
  if (what?.case !== "test" || (what.value.field !== FolderField.SUBJECT && what.value.field !== FolderField.TEXT)) return false;
  const holds = text.includes((what.value.values[0] ?? "").toLowerCase().replaceAll("ё", "е"));
  return what.value.operator === FolderOperator.NOT_CONTAINS ? !holds : holds;
}
