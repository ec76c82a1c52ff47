import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Folder } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { folderPath, folders as client, refreshFolders, subtreeOf } from "../../../rpc/folders.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import form from "../../../ui/form/form.module.css";
import { toast } from "../../../ui/toasts.ts";
import css from "./folders.module.css";

type Props = { accountId: string; folders: readonly Folder[]; /** What is changed; a new one else. */ folder?: Folder; parent: string; onClose: () => void };

/** Name and place of a folder. */
export function FolderDialog({ accountId, folders, folder, parent, onClose }: Props) {
  const [name, setName] = useState(folder?.name ?? "");
  const [place, setPlace] = useState(parent);
  const [tried, setTried] = useState(false);
  const [requestId] = useState(newId);
  const save = useMutation({
    mutationFn: async () => {
      const wanted = { accountId, name: name.trim(), parentFolderId: place };
      if (folder) await client.updateFolder({ folder: { ...wanted, folderId: folder.folderId, etag: folder.etag }, updateMask: { paths: ["name", "parent_folder_id"] } });
      else await client.createFolder({ requestId, folder: wanted });
    },
    onSuccess: () => {
      toast(t("folders.saved"));
      onClose();
    },
    onSettled: () => void refreshFolders(),
  });
  const submit = (): void => {
    setTried(true);
    if (name.trim() && !save.isPending) save.mutate();
  };
  const inside = folder ? subtreeOf(folders, folder.folderId) : new Set<string>();
  const missing = tried && !name.trim() ? t("form.required") : undefined;
  return (
    <Dialog title={folder ? t("folders.change", { name: folder.name }) : t("folders.add")} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label={t("folders.name")} error={missing ?? (save.error ? problemText(problemOf(save.error)) : undefined)}>
          {(props) => <input {...props} data-autofocus autoComplete="off" maxLength={100} value={name} onChange={(event) => (save.reset(), setName(event.target.value))} />}
        </Field>
        <Field label={t("folders.parent")}>
          {(props) => (
            <select {...props} value={place} onChange={(event) => (save.reset(), setPlace(event.target.value))}>
              <option value="">{t("folders.top")}</option>
              {folders
                .filter((one) => !inside.has(one.folderId))
                .map((one) => (
                  <option key={one.folderId} value={one.folderId}>
                    {folderPath(folders, one.folderId)}
                  </option>
                ))}
            </select>
          )}
        </Field>
        <div className={form.end}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {t("action.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
