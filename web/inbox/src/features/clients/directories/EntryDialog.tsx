import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { Suspense, useRef, useState } from "react";
import { type DirectoryEntry, DirectoryKind, DirectoryService } from "../../../gen/okno/crm/v1/directory_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { useMe } from "../../../rpc/session.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { PickButton } from "../../../ui/form/PickButton.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { zoneItems, zoneText } from "../../../ui/zones.ts";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { TextField } from "../fields/controls.tsx";
import { ReverseName } from "../links/parts.ts";
import { refresh } from "../queries.ts";
import { focusFirstError } from "../../../ui/form/focus.ts";

type Props = { kind: DirectoryKind; entry: DirectoryEntry | undefined; /** Where a new one stands. */ place: number; onClose: () => void };

/** Adds an entry, or calls one otherwise: whatever has it is called so from then on. */
export function EntryDialog({ kind, entry, place, onClose }: Props) {
  const own = useMe().employee?.timeZone ?? "";
  const [name, setName] = useState(entry?.name ?? "");
  const [timeZone, setTimeZone] = useState(entry?.timeZone ?? own);
  const [reverseName, setReverseName] = useState(entry?.reverseName ?? "");
  const [tried, setTried] = useState(false);
  const [requestId] = useState(newId);
  const box = useRef<HTMLFormElement>(null);
  const region = kind === DirectoryKind.REGION;
  const link = kind === DirectoryKind.CLIENT_LINK;
  const after = {
    onSuccess: async (): Promise<void> => {
      await refresh(DirectoryService);
      toast(t("form.saved"));
      onClose();
    },
    onError: (error: unknown): void => {
      if (problemOf(error).reason === "ETAG_MISMATCH") void refresh(DirectoryService);
      focusFirstError(box.current);
    },
  };
  const create = useMutation(DirectoryService.method.createDirectoryEntry, after);
  const update = useMutation(DirectoryService.method.updateDirectoryEntry, after);
  const running = entry ? update : create;
  const problem = running.error ? problemOf(running.error) : undefined;
  const taken = problem?.reason === "NAME_TAKEN" ? problemText(problem) : undefined;
  const missing = tried && !name.trim() ? t("form.required") : undefined;
  const submit = (): void => {
    setTried(true);
    if (running.isPending) return;
    if (!name.trim()) return focusFirstError(box.current);
    const wanted = { name: name.trim(), timeZone: region ? timeZone : "", reverseName: link ? reverseName.trim() : "" };
    if (entry) update.mutate({ entry: { ...wanted, entryId: entry.entryId, etag: entry.etag }, updateMask: { paths: ["name", ...(region ? ["time_zone"] : []), ...(link ? ["reverse_name"] : [])] } });
    else create.mutate({ requestId, entry: { ...wanted, kind, place } });
  };
  return (
    <Dialog title={entry ? t("contacts.edit", { name: entry.name }) : t("directories.add")} onClose={onClose}>
      <form
        ref={box}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={css.fields}>
          <TextField label={t("client.field.name")} error={missing ?? taken} most={200} value={name} onChange={(text) => (running.reset(), setName(text))} />
          <Suspense>{link && <ReverseName error={problem?.metadata["field"] === "reverse_name" ? problemText(problem) : undefined} value={reverseName} onChange={(text) => (running.reset(), setReverseName(text))} />}</Suspense>
          {region && <PickButton label={t("directories.zone")} value={zoneText(timeZone)} placeholder="—" items={zoneItems} onPick={setTimeZone} />}
        </div>
        {problem && !taken && <Strip tone="red">{problem.reason === "ETAG_MISMATCH" ? t("form.stale") : problemText(problem)}</Strip>}
        <div className={sheet.dialogEnd}>
          <Button variant="default" onClick={onClose}>
            {t("action.cancel")}
          </Button>
          <Button type="submit" loading={running.isPending}>
            {t(entry ? "action.save" : "directories.add")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
