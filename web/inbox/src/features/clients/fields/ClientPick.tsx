import { useQuery } from "@connectrpc/connect-query";
import { IconSelector } from "@tabler/icons-react";
import { Button } from "@mantine/core";
import { useState } from "react";
import { ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import { Picker } from "../../../ui/Picker.tsx";

const SHORTEST = 2;
const NOBODY = "nobody";

/** Another client, found by name, phone or mail. */
export function ClientPick({ label, error, clientId, onChange }: { label: string; error?: string | undefined; clientId: string; onChange: (clientId: string) => void }) {
  const [open, setOpen] = useState(false);
  const { data } = useQuery(ClientService.method.getClient, { clientId }, { enabled: clientId !== "" });
  return (
    <>
      <Field label={label} error={error}>
        {({ className: _, ...props }) => (
          <Button {...props} type="button" variant="default" justify="space-between" aria-haspopup="dialog" rightSection={<IconSelector size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setOpen(true)}>
            {(clientId && data?.client?.name) || "—"}
          </Button>
        )}
      </Field>
      {open && (
        <Dialog title={label} onClose={() => setOpen(false)}>
          <Find
            label={label}
            onPick={(id) => {
              setOpen(false);
              onChange(id === NOBODY ? "" : id);
            }}
          />
        </Dialog>
      )}
    </>
  );
}

function Find({ label, onPick }: { label: string; onPick: (clientId: string) => void }) {
  const [query, setQuery] = useState("");
  const asked = query.trim();
  const enough = asked.length >= SHORTEST;
  const { data } = useQuery(ClientService.method.findClients, { query: asked, pageSize: 20 }, { enabled: enough, staleTime: 10_000, placeholderData: (before) => before });
  const found = enough ? (data?.clients ?? []) : [];
  return (
    <Picker
      label={label}
      items={[{ id: NOBODY, name: "—" }, ...found.map((client) => ({ id: client.clientId, name: client.name, detail: client.addresses[0]?.display ?? "" }))]}
      query={query}
      onQuery={setQuery}
      empty={t("clients.findHint")}
      onPick={({ id }) => onPick(id)}
    />
  );
}
