import { Button } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { DuplicateCandidate } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { t } from "../../../i18n/index.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Chip } from "../../../ui/Chip.tsx";
import css from "./doubles.module.css";
import { idIn, type Of, said } from "./of.ts";
import { matchedText } from "./words.ts";

/** Who it may be: what matched, whose it is, and a way to them, or to whom one asks. */
export function Candidates({ candidates, onOpen, of = "clients" }: { candidates: readonly DuplicateCandidate[]; onOpen: (clientId: string, contactId: string) => void; of?: Of }) {
  const employees = useEmployees();
  return (
    <ul className={css.candidates} aria-label={t(said(of, "doubles.likely"))}>
      {candidates.map(({ clientId, contactId, name, clientName, responsibleEmployeeId, matched, duplicate, score, canOpen }, index) => (
        <li key={idIn({ clientId, contactId })} className={css.candidate}>
          {canOpen ? <Avatar name={name} /> : <IconLock size={20} stroke={1.75} aria-hidden="true" />}
          <span className={css.candidateText}>
            <span className={css.candidateName}>
              {canOpen ? name : t(said(of, "doubles.closed"))}
              <Chip tone={duplicate ? "amber" : "gray"}>
                {t(duplicate ? "doubles.sure" : "doubles.possible")} · {t("doubles.score", { n: score })}
              </Chip>
            </span>
            {clientName && <span className={css.muted}>{t("doubles.people.of", { name: clientName })}</span>}
            <span className={css.muted}>{matchedText(matched)}</span>
            <span className={css.muted}>{t("doubles.responsible", { name: employees.get(responsibleEmployeeId)?.name ?? t("doubles.nobody") })}</span>
            {!canOpen && <span className={css.muted}>{t("doubles.askAdmin")}</span>}
          </span>
          {canOpen && (
            <Button variant="default" size="compact-sm" aria-label={t("doubles.openIt", { name })} data-autofocus={index === 0 || undefined} onClick={() => onOpen(clientId, contactId)}>
              {t("doubles.open")}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
