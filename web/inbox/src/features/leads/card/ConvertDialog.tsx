import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { IconLock } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { ClientKind, ClientService } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { DuplicateCandidate } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import type { Lead } from "../../../gen/okno/crm/v1/lead_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { newId } from "../../../rpc/ids.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Picker } from "../../../ui/Picker.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { useDeed } from "../deeds.ts";
import css from "../leads.module.css";
import sheet from "../../../ui/sheet.module.css";
import { leads, refreshClients, useClientName } from "../queries.ts";
import { KINDS, matchedText } from "../words.ts";

const SHORTEST = 2;

/** Makes a client of a lead, or joins it to one. Where others may be the same nothing is done until one says which. */
export function ConvertDialog({ lead, join, onClose }: { lead: Lead; join: boolean; onClose: () => void }) {
  const [toClient, setToClient] = useState(join);
  const [clientId, setClientId] = useState(join ? lead.repeatsClientId : "");
  const [kind, setKind] = useState(lead.kind === ClientKind.COMPANY || lead.companyName ? ClientKind.COMPANY : ClientKind.PERSON);
  const [likely, setLikely] = useState<readonly DuplicateCandidate[]>([]);
  const request = useRef({ content: "", id: "" });
  const deed = useDeed();
  const name = useClientName(clientId);
  const { leadId, etag } = lead;
  const done = (): void => {
    void refreshClients();
    toast(t(clientId ? "leads.joined" : "leads.converted"));
    onClose();
  };
  const convert = (part: { clientId?: string; force?: boolean } = {}): void => {
    const wanted = { clientId: toClient ? clientId : "", kind, force: false, ...part };
    // The same question, repeated after a lost answer, is the same request.
    const content = JSON.stringify([wanted, etag]);
    if (request.current.content !== content) request.current = { content, id: newId() };
    let candidates: readonly DuplicateCandidate[] = [];
    deed.run(
      async () => {
        const answer = await leads.convertLead({ requestId: request.current.id, leadId, etag, ...wanted });
        candidates = answer.lead ? [] : answer.candidates;
      },
      () => (candidates.length > 0 ? setLikely(candidates) : done()),
    );
  };
  const pick = (id: string): void => {
    deed.reset();
    setClientId(id);
  };
  return (
    <Dialog title={t(likely.length > 0 ? "leads.likely" : "leads.convertTitle")} wide onClose={onClose}>
      {likely.length > 0 ? (
        <Likely candidates={likely} busy={deed.busy} onJoin={(id) => convert({ clientId: id })} />
      ) : (
        <>
          <fieldset className={css.choices}>
            <legend>{t("leads.become")}</legend>
            {KINDS.map(([one]) => (
              <label key={one} className={css.radio}>
                <input type="radio" name="become" checked={!toClient && kind === one} onChange={() => (deed.reset(), setToClient(false), setKind(one))} /> {t(one === ClientKind.COMPANY ? "leads.newCompany" : "leads.newPerson")}
              </label>
            ))}
            <label className={css.radio}>
              <input type="radio" name="become" checked={toClient} onChange={() => (deed.reset(), setToClient(true))} /> {t("leads.existing")}
            </label>
          </fieldset>
          {toClient && clientId && (
            <p className={css.picked}>
              <strong>{name || "…"}</strong>
              <Button variant="default" size="compact-sm" onClick={() => pick("")}>
                {t("leads.another")}
              </Button>
            </p>
          )}
          {toClient && !clientId && <FindClient onPick={pick} />}
        </>
      )}
      {deed.text && <Strip tone="red">{deed.text}</Strip>}
      <div className={sheet.dialogEnd}>
        <Button variant="default" onClick={onClose}>
          {t("action.cancel")}
        </Button>
        {likely.length > 0 ? (
          <Button loading={deed.busy} onClick={() => convert({ force: true })}>
            {t("leads.goOn")}
          </Button>
        ) : (
          (!toClient || clientId) && (
            <Button loading={deed.busy} onClick={() => convert()}>
              {t(toClient ? "leads.joinIt" : "leads.step.convert")}
            </Button>
          )
        )}
      </div>
    </Dialog>
  );
}

function FindClient({ onPick }: { onPick: (clientId: string) => void }) {
  const [query, setQuery] = useState("");
  const asked = query.trim();
  const enough = asked.length >= SHORTEST;
  const { data } = useQuery(ClientService.method.findClients, { query: asked, pageSize: 20 }, { enabled: enough, staleTime: 10_000, placeholderData: (before) => before });
  const found = enough ? (data?.clients ?? []) : [];
  return (
    <Picker
      label={t("leads.findClient")}
      items={found.map((client) => ({ id: client.clientId, name: client.workingName || client.name, detail: client.addresses[0]?.display ?? "" }))}
      query={query}
      onQuery={setQuery}
      empty={t(enough ? "leads.noneFound" : "leads.findHint")}
      onPick={({ id }) => onPick(id)}
    />
  );
}

/** Who it may be: what matched and whose they are; one that may not be opened may not be joined. */
function Likely({ candidates, busy, onJoin }: { candidates: readonly DuplicateCandidate[]; busy: boolean; onJoin: (clientId: string) => void }) {
  const employees = useEmployees();
  return (
    <>
      <p className={css.muted}>{t("leads.likelyHint")}</p>
      <ul className={sheet.list} aria-label={t("leads.likely")}>
        {candidates.map(({ clientId, name, responsibleEmployeeId, matched, duplicate, canOpen }, index) => (
          <li key={clientId} className={css.item}>
            {!canOpen && <IconLock size={20} stroke={1.75} aria-hidden="true" />}
            <span className={sheet.itemText}>
              <span className={sheet.itemName}>
                {canOpen ? name : t("leads.closedClient")}
                <Chip tone={duplicate ? "amber" : "gray"}>{t(duplicate ? "leads.sure" : "leads.possible")}</Chip>
              </span>
              <span className={css.muted}>{matchedText(matched)}</span>
              <span className={css.muted}>{t("leads.responsibleIs", { name: employees.get(responsibleEmployeeId)?.name ?? t("leads.nobody") })}</span>
            </span>
            {canOpen && (
              <Button variant="default" size="compact-sm" disabled={busy} aria-label={t("leads.joinTo", { name })} data-autofocus={index === 0 || undefined} onClick={() => onJoin(clientId)}>
                {t("leads.joinIt")}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
