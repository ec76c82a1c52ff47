import { useMutation } from "@connectrpc/connect-query";
import { useMutation as usePlainMutation } from "@tanstack/react-query";
import { IconPhotoPlus, IconTrash, IconZoomIn } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { type Client, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Menu, type MenuItem } from "../../../ui/Menu.tsx";
import { toast } from "../../../ui/toasts.ts";
import { clients, refresh } from "../queries.ts";
import css from "./photo.module.css";
import { NoPicture, shrink } from "./shrink.ts";
import { usePhotoUrl } from "./usePhotoUrl.ts";

/** Whom one speaks to: a photo, or initials where there is none; a press changes it. */
export function Photo({ client, locked }: { client: Client; locked: boolean }) {
  const name = client.workingName || client.name;
  const url = usePhotoUrl(client);
  const picker = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const { put, take, busy } = usePhotoChange(client.clientId);
  const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;
  const items: MenuItem[] = [
    ...(url ? [{ kind: "action" as const, label: t("clients.photo.open"), lead: <IconZoomIn {...icon} />, run: () => setOpen(true) }] : []),
    ...(locked ? [] : [{ kind: "action" as const, label: t(client.hasPhoto ? "clients.photo.change" : "clients.photo.add"), lead: <IconPhotoPlus {...icon} />, run: () => picker.current?.click() }]),
    ...(locked || !client.hasPhoto ? [] : [{ kind: "action" as const, label: t("clients.photo.remove"), lead: <IconTrash {...icon} />, run: take }]),
  ];
  const face = url ? <img className={css.photo} src={url} alt={t("clients.photo.of", { name })} /> : <Avatar name={name} size="lg" />;
  if (items.length === 0) return face;
  const label = t("clients.photo.actions");
  return (
    <>
      <Menu label={label} items={() => items}>
        {(button) => (
          <button type="button" className={css.button} title={label} aria-busy={busy || undefined} {...button}>
            {face}
            {/* Not as a label: that would have to hold the initials. */}
            <span className="visually-hidden">{label}</span>
          </button>
        )}
      </Menu>
      <input
        ref={picker}
        type="file"
        hidden
        accept="image/*"
        aria-label={t("clients.photo.add")}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          if (file) put(file);
          target.value = "";
        }}
      />
      {open && url && (
        <Dialog title={name} onClose={() => setOpen(false)}>
          <img className={css.large} src={url} alt={t("clients.photo.of", { name })} />
        </Dialog>
      )}
    </>
  );
}

function usePhotoChange(clientId: string): { put: (file: File) => void; take: () => void; busy: boolean } {
  const again = async (): Promise<void> => void (await refresh(ClientService));
  const onError = (error: unknown): void => {
    void again();
    toast(error instanceof NoPicture ? t("clients.photo.wrong") : problemText(problemOf(error)), { error: true });
  };
  const put = usePlainMutation({
    mutationFn: async (photo: Blob) => clients.setClientPhoto({ clientId, photo: await shrink(photo) }),
    onSuccess: async () => {
      await again();
      toast(t("clients.photo.saved"));
    },
    onError,
  });
  const back = useMutation(ClientService.method.setClientPhoto, { onSuccess: again, onError });
  const take = usePlainMutation({
    // Kept for the way back: nobody asks before it goes.
    mutationFn: async () => {
      const { photo } = await clients.getClientPhoto({ clientId });
      await clients.setClientPhoto({ clientId, photo: new Uint8Array() });
      return photo;
    },
    onSuccess: async (photo) => {
      await again();
      toast(t("clients.photo.removed"), { undo: () => back.mutate({ clientId, photo }) });
    },
    onError,
  });
  return { put: (file) => put.mutate(file), take: () => take.mutate(), busy: put.isPending || take.isPending || back.isPending };
}
