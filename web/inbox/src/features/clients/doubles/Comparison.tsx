import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import type { Client } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { DuplicateService, type Merge } from "../../../gen/okno/crm/v1/duplicate_service_pb.ts";
import { type Key, t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { isLost, problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { KeyCap } from "../../../ui/KeyCap.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { toast } from "../../../ui/toasts.ts";
import { choicesOf, likelyOriginal, linesOf } from "./compare.ts";
import { ComparisonTable } from "./ComparisonTable.tsx";
import css from "./doubles.module.css";
import { useFieldName } from "./fieldName.ts";
import { Merged } from "./Merged.tsx";
import { afterMerge, type Belongings, useBelongings, useCards } from "./queries.ts";

type Props = { clientIds: readonly string[]; /** How many more there are that may not be opened. */ closed?: number; onDifferent: () => void; /** Undefined: nothing comes after these. */ onNext: (() => void) | undefined };

/** Clients side by side: which one stays, which value of each field, or that they are different. */
export function Comparison({ clientIds, closed = 0, onDifferent, onNext }: Props) {
  const [merged, setMerged] = useState<Merge>();
  // Those that were compared stay on the screen while the others are looked at anew.
  const { data, error, isPending, refetch } = useCards(clientIds);
  if (merged) return <Merged merge={merged} onUndone={() => setMerged(undefined)} onNext={onNext} />;
  const problem = error && !data ? problemOf(error) : undefined;
  if (problem) return <Failure what={t("doubles.compareFailed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  if (isPending && clientIds.length > 0) return <SkeletonRows rows={6} height={44} />;
  const clients = (data?.clients ?? []).filter(({ mergedIntoClientId }) => !mergedIntoClientId);
  return (
    <section className={css.compare} aria-label={t("doubles.compare")}>
      {closed > 0 && <Strip>{t("doubles.closedN", { n: closed })}</Strip>}
      {clients.length < 2 ? <Strip>{t("doubles.tooFew")}</Strip> : <Choosing key={clients.map(({ clientId }) => clientId).join()} clients={clients} onMerged={setMerged} onDifferent={onDifferent} onNext={onNext} />}
    </section>
  );
}

/** As many stand side by side from the beginning. */
const AT_FIRST = 4;

function Choosing({ clients, onMerged, onDifferent, onNext }: { clients: readonly Client[]; onMerged: (merge: Merge) => void } & Pick<Props, "onDifferent" | "onNext">) {
  const [taken, setTaken] = useState<ReadonlySet<string>>(() => new Set(clients.slice(0, AT_FIRST).map(({ clientId }) => clientId)));
  const [wanted, setWanted] = useState(() => likelyOriginal(clients.slice(0, AT_FIRST)));
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const of = clients.filter(({ clientId }) => taken.has(clientId));
  const originalId = taken.has(wanted) ? wanted : likelyOriginal(of);
  const original = of.find(({ clientId }) => clientId === originalId);
  const lines = linesOf(of);
  const nameOf = useFieldName();
  const [requestId, setRequestId] = useState(newId);
  const others = of.filter(({ clientId }) => clientId !== originalId).map(({ clientId }) => clientId);
  const merge = useMutation(DuplicateService.method.mergeClients, {
    onSuccess: async ({ merge: made }) => {
      if (made) onMerged(made);
      await afterMerge();
    },
    onError: (error) => {
      // Whose answer got lost may be done already: the same request says so. What was refused is another one.
      if (!isLost(error)) setRequestId(newId());
      if (["ETAG_MISMATCH", "CLIENT_MERGED", "CLIENT_NOT_FOUND", "CLIENT_ARCHIVED"].includes(problemOf(error).reason)) void afterMerge();
    },
  });
  const mark = useMutation(DuplicateService.method.markNotDuplicates, {
    onSuccess: async () => {
      toast(t("doubles.markedDifferent"));
      onDifferent();
      await afterMerge();
    },
  });
  const ready = of.length > 1 && original !== undefined && !merge.isPending && !mark.isPending;
  const goMerge = (): void => {
    if (ready) merge.mutate({ requestId, clientId: originalId, etag: original.etag, otherClientIds: others, choices: choicesOf(lines, of, originalId, chosen) });
  };
  const goMark = (): void => {
    if (ready) mark.mutate({ clientIds: of.map(({ clientId }) => clientId) });
  };
  useCommand("records.merge", goMerge, { within: "anywhere" });
  useCommand("records.different", goMark);
  const change = (act: () => void): void => {
    merge.reset();
    setRequestId(newId());
    act();
  };
  const toggle = (id: string): void => {
    const next = new Set(taken);
    if (!next.delete(id)) next.add(id);
    change(() => setTaken(next));
  };
  const problem = merge.error ?? mark.error ? problemOf(merge.error ?? mark.error) : undefined;
  const asked = problem?.reason === "MERGE_CONFLICT" ? (problem.metadata["fields"] ?? "").split(/,\s*/u).map(nameOf).join(", ") : "";
  return (
    <>
      <ComparisonTable clients={clients} taken={taken} originalId={originalId} lines={lines} of={of} chosen={chosen} onTake={toggle} onStay={(id) => change(() => setWanted(id))} onChoose={(field, id) => change(() => setChosen({ ...chosen, [field]: id }))} />
      {original && <Before others={others} addresses={of.filter(({ clientId }) => clientId !== originalId).reduce((sum, { addresses }) => sum + addresses.length, 0)} />}
      {problem && <Strip tone="red">{asked ? t("doubles.mustChoose", { fields: asked }) : problemText(problem)}</Strip>}
      <div className={css.foot}>
        <Button loading={merge.isPending} disabled={of.length < 2} onClick={goMerge} rightSection={<KeyCap>{keyOf("records.merge")}</KeyCap>}>
          {t("doubles.merge")}
        </Button>
        <Button variant="default" loading={mark.isPending} disabled={of.length < 2} onClick={goMark} rightSection={<KeyCap>{keyOf("records.different")}</KeyCap>}>
          {t("doubles.different")}
        </Button>
        {onNext && (
          <Button variant="subtle" onClick={onNext} rightSection={<KeyCap>{keyOf("list.next")}</KeyCap>}>
            {t("doubles.skip")}
          </Button>
        )}
      </div>
    </>
  );
}

const COUNTS = { contact: "doubles.count.contact", contract: "doubles.count.contract", dialog: "doubles.count.dialog" } as const satisfies Record<Belongings[number]["kind"], Key>;

/** What comes to the one that stays. */
function Before({ others, addresses }: { others: readonly string[]; addresses: number }) {
  const { data } = useBelongings(others);
  const counted = (data ?? []).filter(({ n }) => n > 0).map(({ kind, n, more }) => (more ? t("doubles.moreThan", { what: t(COUNTS[kind], { n }) }) : t(COUNTS[kind], { n })));
  const words = [...counted, ...(addresses > 0 ? [t("doubles.count.address", { n: addresses })] : [])];
  return (
    <p className={css.hint} role="status">
      {data && words.length > 0 && `${t("doubles.willMove", { what: words.join(", ") })} `}
      {t("doubles.canUndo")}
    </p>
  );
}
