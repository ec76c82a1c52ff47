import { Button } from "@mantine/core";
import { IconFolder, IconFolderPlus, IconInbox, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { type Folder, FolderKind } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { depthOf, folderName } from "../../../rpc/folders.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { DeleteFolder } from "./DeleteFolder.tsx";
import { FolderDialog } from "./FolderDialog.tsx";
import css from "./folders.module.css";

/** The server counts up to here. */
const COUNTED = 1_000;

type Asked = { what: "add"; parent: string } | { what: "change" | "delete"; folder: Folder };
type Props = { accountId: string; folders: readonly Folder[]; locked: boolean };

/** The folders as a tree, with what can be done to each. */
export function FolderTree({ accountId, folders, locked }: Props) {
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => setAsked(undefined);
  return (
    <>
      <ul className={css.tree}>
        {folders.map((folder) => (
          <Line key={folder.folderId} folder={folder} depth={depthOf(folders, folder)} locked={locked} onAsk={setAsked} />
        ))}
      </ul>
      {!locked && (
        <div className={css.buttons}>
          <Button variant="default" leftSection={<IconFolderPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setAsked({ what: "add", parent: "" })}>
            {t("folders.add")}
          </Button>
        </div>
      )}
      {asked?.what === "add" && <FolderDialog accountId={accountId} folders={folders} parent={asked.parent} onClose={close} />}
      {asked?.what === "change" && <FolderDialog accountId={accountId} folders={folders} folder={asked.folder} parent={asked.folder.parentFolderId} onClose={close} />}
      {asked?.what === "delete" && <DeleteFolder folders={folders} folder={asked.folder} onClose={close} />}
    </>
  );
}

type LineProps = { folder: Folder; depth: number; locked: boolean; onAsk: (asked: Asked) => void };

function Line({ folder, depth, locked, onAsk }: LineProps) {
  const name = folderName(folder);
  const { conversations, unread, kind } = folder;
  const Icon = kind === FolderKind.INBOX ? IconInbox : kind === FolderKind.DELETED ? IconTrash : IconFolder;
  const count = conversations >= COUNTED ? t("folders.many", { n: COUNTED }) : conversations > 0 ? t("folders.count", { n: conversations }) : "";
  return (
    <li className={css.folder} aria-label={name} style={{ paddingInlineStart: `calc(${depth} * var(--space-5) + var(--space-2))` }}>
      <Icon size={16} stroke={1.75} aria-hidden="true" />
      <span className={css.name}>{name}</span>
      <span className={css.count}>{[count, unread > 0 && t("folders.unread", { n: unread })].filter(Boolean).join(" · ")}</span>
      {!locked && (
        <span className={css.acts}>
          <IconButton small label={t("folders.addBelow", { name })} onClick={() => onAsk({ what: "add", parent: folder.folderId })}>
            <IconFolderPlus size={16} stroke={1.75} aria-hidden="true" />
          </IconButton>
          {kind === FolderKind.UNSPECIFIED && (
            <>
              <IconButton small label={t("folders.change", { name })} onClick={() => onAsk({ what: "change", folder })}>
                <IconPencil size={16} stroke={1.75} aria-hidden="true" />
              </IconButton>
              <IconButton small label={t("folders.delete", { name })} onClick={() => onAsk({ what: "delete", folder })}>
                <IconTrash size={16} stroke={1.75} aria-hidden="true" />
              </IconButton>
            </>
          )}
        </span>
      )}
    </li>
  );
}
