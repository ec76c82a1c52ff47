import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { keyOf } from "../../../app/commands.ts";
import type { DuplicateCandidate } from "../../../gen/okno/crm/v1/duplicate_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import { Candidates } from "./Candidates.tsx";
import css from "./doubles.module.css";
import { type Of, said } from "./of.ts";

type Props = { candidates: readonly DuplicateCandidate[]; /** It has a card already and is only changed. */ known?: boolean; busy: boolean; of?: Of; onOpen: (clientId: string, contactId: string) => void; onGoOn: () => void; onClose: () => void };

/** Before a client or a contact is stored: it may be one that is there. Nothing is done until one says which. */
export function CandidatesDialog({ candidates, known = false, busy, of = "clients", onOpen, onGoOn, onClose }: Props) {
  useT();
  useGoOnKey(onGoOn);
  return (
    <Dialog title={t(said(of, "doubles.likely"))} wide onClose={onClose}>
      <p className={css.hint}>{t("doubles.likelyHint")}</p>
      <Candidates candidates={candidates} of={of} onOpen={onOpen} />
      <div className={css.dialogEnd}>
        <Button variant="default" onClick={onClose}>
          {t("action.cancel")}
        </Button>
        <Button loading={busy} onClick={onGoOn} rightSection={<KeyCap>{keyOf("records.merge")}</KeyCap>}>
          {t(known ? "doubles.saveAnyway" : "doubles.goOn")}
        </Button>
      </div>
    </Dialog>
  );
}

/** Ctrl+Enter wherever the focus is in the dialog, which keeps its keys from the page's commands. */
function useGoOnKey(goOn: () => void): void {
  const run = useRef(goOn);
  useEffect(() => {
    run.current = goOn;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
      event.preventDefault();
      event.stopPropagation();
      run.current();
    };
    document.addEventListener("keydown", onKeyDown, true);
    return () => document.removeEventListener("keydown", onKeyDown, true);
  }, []);
}
