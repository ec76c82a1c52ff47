import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Folder, FolderKind, FolderRunState } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { folderPath, folders as client, refreshFolders } from "../../../rpc/folders.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import { Checks } from "../../../ui/form/Checks.tsx";
import form from "../../../ui/form/form.module.css";
import { Strip } from "../../../ui/Strip.tsx";
import { type Draft, words } from "./draft.ts";
import css from "./folders.module.css";

const AGAIN_MS = 1_000;

type Props = { folders: readonly Folder[]; rules: readonly Draft[]; onClose: () => void };

/** Rules over what lies in a folder: which folder, which rules, and how far it has come. */
export function RunDialog({ folders, rules, onClose }: Props) {
  const [folderId, setFolderId] = useState(folders.find((folder) => folder.kind === FolderKind.INBOX)?.folderId ?? "");
  const [deep, setDeep] = useState(false);
  const [chosen, setChosen] = useState(() => rules.filter((rule) => !rule.off).map((rule) => rule.ruleId));
  const [runId] = useState(newId);
  const start = useMutation({ mutationFn: () => client.runFolderRules({ runId, folderId, withSubfolders: deep, ruleIds: chosen }) });
  if (start.data) {
    return (
      <Dialog title={t("run.title")} onClose={onClose}>
        <Progress runId={runId} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog title={t("run.title")} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen.length > 0 && !start.isPending) start.mutate();
        }}
      >
        <Field label={t("run.folder")} hint={t("run.hint")}>
          {(props) => (
            <select {...props} data-autofocus value={folderId} onChange={(event) => setFolderId(event.target.value)}>
              {folders.map((folder) => (
                <option key={folder.folderId} value={folder.folderId}>
                  {folderPath(folders, folder.folderId)}
                </option>
              ))}
            </select>
          )}
        </Field>
        <label className={form.check}>
          <input type="checkbox" checked={deep} onChange={(event) => setDeep(event.target.checked)} />
          {t("run.deep")}
        </label>
        <Checks label={t("run.rules")} items={rules.map((rule, index) => ({ id: rule.ruleId, name: `${index + 1}. ${rule.name.trim() || words(rule.when)}`, hint: rule.off ? t("run.off") : undefined }))} chosen={chosen} onChange={setChosen} />
        {start.error && <Strip tone="red">{problemText(problemOf(start.error))}</Strip>}
        <div className={form.end}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" disabled={chosen.length === 0} loading={start.isPending}>
            {t("run.start")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Progress({ runId, onClose }: { runId: string; onClose: () => void }) {
  const { data, error } = useQuery({
    queryKey: ["folder-run", runId],
    queryFn: async ({ signal }) => (await client.getFolderRun({ runId }, { signal })).run,
    refetchInterval: ({ state }) => state.data?.state !== FolderRunState.DONE && AGAIN_MS,
  });
  const done = data?.state === FolderRunState.DONE;
  useEffect(() => {
    if (done) void refreshFolders();
  }, [done]);
  const figures = { done: data?.lookedAt ?? 0, all: Math.max(data?.conversations ?? 0, data?.lookedAt ?? 0), moved: data?.moved ?? 0 };
  return (
    <div className={css.form}>
      {error && !data && <Strip tone="red">{problemText(problemOf(error))}</Strip>}
      {!done && <progress className={css.progress} aria-label={t("run.title")} max={figures.all || 1} value={figures.done} />}
      <p role="status">{done ? t("run.done", figures) : t("run.progress", figures)}</p>
      {!done && <p className={css.hint}>{t("run.away")}</p>}
      <div className={form.end}>
        <Button data-autofocus onClick={onClose}>
          {t("action.close")}
        </Button>
      </div>
    </div>
  );
}
