import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { type Folder, FolderKind } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { folderPath, folders as client, refreshFolders, subtreeOf } from "../../../rpc/folders.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import form from "../../../ui/form/form.module.css";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import css from "./folders.module.css";

type Props = { folders: readonly Folder[]; folder: Folder; onClose: () => void };

/** Asks where the dialogs go, then removes a folder with those inside of it. */
export function DeleteFolder({ folders, folder, onClose }: Props) {
  const gone = subtreeOf(folders, folder.folderId);
  const left = folders.filter((one) => !gone.has(one.folderId));
  const [to, setTo] = useState(folder.parentFolderId || (left.find((one) => one.kind === FolderKind.INBOX)?.folderId ?? ""));
  const remove = useMutation({
    mutationFn: () => client.deleteFolder({ folderId: folder.folderId, etag: folder.etag, toFolderId: to }),
    onSuccess: () => {
      toast(t("folders.deleted"));
      onClose();
    },
    onSettled: () => void refreshFolders(),
  });
  return (
    <Dialog title={t("folders.delete", { name: folder.name })} onClose={onClose}>
      <div className={css.form}>
        <p>{t("folders.deleteHint")}</p>
        <Field label={t("folders.deleteTo")}>
          {(props) => (
            <select {...props} value={to} onChange={(event) => setTo(event.target.value)}>
              {left.map((one) => (
                <option key={one.folderId} value={one.folderId}>
                  {folderPath(folders, one.folderId)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {remove.error && <Strip tone="red">{problemText(problemOf(remove.error))}</Strip>}
        <div className={form.end}>
          <Button variant="default" data-autofocus onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t("folders.doDelete")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
