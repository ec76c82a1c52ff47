import { Button } from "@mantine/core";
import { IconFileText, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Client } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import type { Contract } from "../../../gen/okno/crm/v1/contract_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Section } from "../../../ui/Page.tsx";
import { Failure } from "../../../ui/States.tsx";
import css from "../clients.module.css";
import sheet from "../../../ui/sheet.module.css";
import { day } from "../day.ts";
import { useContracts, useDirectories } from "../queries.ts";
import { ContractDialog } from "./ContractDialog.tsx";
import { USUAL_CURRENCY } from "./form.ts";

/** The client's contracts; the main one fills new documents. */
export function Contracts({ client }: { client: Client }) {
  const { data, error, refetch } = useContracts(client.clientId);
  const [open, setOpen] = useState<string>();
  const locked = client.archivedAt !== undefined;
  const problem = error && !data ? problemOf(error) : undefined;
  const contracts = data?.contracts ?? [];
  const edited = contracts.find(({ contractId }) => contractId === open);
  return (
    <Section title={t("contracts.title")}>
      {problem && <Failure what={t("contracts.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {data && contracts.length === 0 && <p className={css.muted}>{t("contracts.none")}</p>}
      {contracts.length > 0 && (
        <ul className={sheet.list}>
          {contracts.map((contract) => (
            <Row key={contract.contractId} contract={contract} locked={locked} onOpen={() => setOpen(contract.contractId)} />
          ))}
        </ul>
      )}
      {!locked && (
        <div className={css.buttons}>
          <Button variant="default" size="compact-sm" leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={() => setOpen("")}>
            {t("contracts.add")}
          </Button>
        </div>
      )}
      {open !== undefined && (open === "" || edited) && <ContractDialog clientId={client.clientId} contract={edited} onClose={() => setOpen(undefined)} />}
    </Section>
  );
}

/** "№ 12 of 23.11.2026"; the one that came with the client has neither. */
export function contractName({ number, signedOn }: Pick<Contract, "number" | "signedOn">): string {
  if (!number) return t("contracts.unnamed");
  return signedOn ? t("contracts.numberOf", { number, day: day(signedOn) }) : t("contracts.number", { number });
}

function Row({ contract, locked, onOpen }: { contract: Contract; locked: boolean; onOpen: () => void }) {
  const { name } = useDirectories();
  const what = [name(contract.organisationId), contract.currency || USUAL_CURRENCY, name(contract.priceKindId), name(contract.discountKindId)].filter(Boolean).join(" · ");
  return (
    <li className={css.item} data-dim={contract.archived || undefined}>
      <IconFileText size={20} stroke={1.75} aria-hidden="true" />
      <span className={sheet.itemText}>
        <span className={sheet.itemName}>
          {contractName(contract)}
          {contract.isMain && <Chip tone="accent">{t("contracts.main")}</Chip>}
          {contract.archived && <Chip>{t("clients.inArchive")}</Chip>}
        </span>
        <span className={css.muted}>{what}</span>
        {contract.comment && <span className={sheet.prose}>{contract.comment}</span>}
      </span>
      {!locked && (
        <Button variant="subtle" size="compact-sm" aria-label={t("contracts.edit", { name: contractName(contract) })} onClick={onOpen}>
          {t("contacts.change")}
        </Button>
      )}
    </li>
  );
}
