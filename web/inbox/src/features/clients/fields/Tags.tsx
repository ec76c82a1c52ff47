import { Button } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { DirectoryKind, DirectoryService } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { useMutation } from "@connectrpc/connect-query";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { fold, matches } from "../../../ui/fold.ts";
import { IconButton } from "../../../ui/IconButton.tsx";
import { Picker } from "../../../ui/Picker.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import css from "../clients.module.css";
import { refresh, useDirectories } from "../queries.ts";

const NEW = "new";

/** Tags of a card: chosen from the list, or made while they are needed. */
export function Tags({ tagIds, error, onChange }: { tagIds: readonly string[]; error?: string | undefined; onChange: (tagIds: string[]) => void }) {
  const directories = useDirectories();
  const [open, setOpen] = useState(false);
  const add = (id: string): void => {
    setOpen(false);
    if (!tagIds.includes(id)) onChange([...tagIds, id]);
  };
  return (
    <fieldset className={css.rows}>
      <legend>{t("client.field.tagIds")}</legend>
      <div className={css.tags}>
        {tagIds.map((id) => (
          <span key={id} className={css.tag}>
            {directories.name(id) || "…"}
            <IconButton small label={t("form.removeRow", { name: directories.name(id) })} onClick={() => onChange(tagIds.filter((other) => other !== id))}>
              <IconX size={14} stroke={2} aria-hidden="true" />
            </IconButton>
          </span>
        ))}
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setOpen(true)}>
          {t("clients.addTag")}
        </Button>
      </div>
      {error && <p className={css.wrong}>{error}</p>}
      {open && <TagDialog chosen={tagIds} onPick={add} onClose={() => setOpen(false)} />}
    </fieldset>
  );
}

/** A tag of the list, or a new one. */
export function TagDialog({ chosen, onPick, onClose }: { chosen: readonly string[]; onPick: (tagId: string) => void; onClose: () => void }) {
  const [query, setQuery] = useState("");
  const tags = useDirectories().of(DirectoryKind.TAG);
  const make = useMutation(DirectoryService.method.createDirectoryEntry, {
    onSuccess: async ({ entry }) => {
      await refresh(DirectoryService);
      if (entry) onPick(entry.entryId);
    },
  });
  const name = query.trim();
  const found = tags.filter((tag) => matches(tag.name, name) && !chosen.includes(tag.entryId)).map((tag) => ({ id: tag.entryId, name: tag.name }));
  const known = tags.some((tag) => fold(tag.name) === fold(name));
  return (
    <Dialog title={t("clients.addTag")} onClose={onClose}>
      {make.error && <Strip tone="red">{problemText(problemOf(make.error))}</Strip>}
      <Picker
        label={t("clients.tagField")}
        items={[...found, ...(name && !known ? [{ id: NEW, name: t("clients.newTag", { name }) }] : [])]}
        query={query}
        onQuery={setQuery}
        empty={t("clients.noTags")}
        onPick={({ id }) => (id === NEW ? make.mutate({ requestId: newId(), entry: { kind: DirectoryKind.TAG, name } }) : onPick(id))}
      />
    </Dialog>
  );
}
