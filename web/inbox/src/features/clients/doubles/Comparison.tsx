import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import type { Contact } from "../../../gen/okno/crm/v1/contact_service_pb.ts";
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
import { idOf, isContact, type Of, said, type Side } from "./of.ts";
import { afterMerge, type Belongings, useBelongings, useCards, useSides } from "./queries.ts";

type Props = {
  of: Of;
  ids: readonly string[];
  /** Only the first takes part until others are chosen. */
  alone?: boolean;
  /** How many more there are that may not be opened. */ closed?: number;
  onDifferent: () => void;
  /** Undefined: nothing comes after these. */
  onNext: (() => void) | undefined;
};

/** Clients or contacts side by side: which one stays, which value of each field, or that they are different. */
export function Comparison({ of, ids, alone = false, closed = 0, onDifferent, onNext }: Props) {
  const [merged, setMerged] = useState<Merge>();
  // Those that were compared stay on the screen while the others are looked at anew.
  const { data, error, isPending, refetch } = useSides(of, ids);
  if (merged) return <Merged merge={merged} onUndone={() => setMerged(undefined)} onNext={onNext} />;
  const problem = error && !data ? problemOf(error) : undefined;
  if (problem) return <Failure what={t(said(of, "doubles.compareFailed"))} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />;
  if (isPending && ids.length > 0) return <SkeletonRows rows={6} height={44} />;
  const sides = data ?? [];
  return (
    <section className={css.compare} aria-label={t(said(of, "doubles.compare"))}>
      {closed > 0 && <Strip>{t(said(of, "doubles.closedN"), { n: closed })}</Strip>}
      {sides.length < 2 ? <Strip>{t(said(of, "doubles.tooFew"))}</Strip> : <Choosing key={sides.map(idOf).join()} what={of} sides={sides} first={alone && sides.length > 2 ? 1 : AT_FIRST} onMerged={setMerged} onDifferent={onDifferent} onNext={onNext} />}
    </section>
  );
}

/** As many stand side by side from the beginning. */
const AT_FIRST = 4;

type ChoosingProps = { what: Of; sides: readonly Side[]; /** So many take part from the beginning. */ first: number; onMerged: (merge: Merge) => void } & Pick<Props, "onDifferent" | "onNext">;

function Choosing({ what, sides, first, onMerged, onDifferent, onNext }: ChoosingProps) {
  const [taken, setTaken] = useState<ReadonlySet<string>>(() => new Set(sides.slice(0, first).map(idOf)));
  const [wanted, setWanted] = useState(() => likelyOriginal(sides.slice(0, first)));
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const of = sides.filter((side) => taken.has(idOf(side)));
  const originalId = taken.has(wanted) ? wanted : likelyOriginal(of);
  const original = of.find((side) => idOf(side) === originalId);
  const lines = linesOf(of);
  const nameOf = useFieldName(what);
  const owners = useOwners(sides);
  const [requestId, setRequestId] = useState(newId);
  const others = of.map(idOf).filter((id) => id !== originalId);
  const settled = {
    onSuccess: async ({ merge: made }: { merge?: Merge | undefined }) => {
      if (made) onMerged(made);
      await afterMerge();
    },
    onError: (error: unknown) => {
      // Whose answer got lost may be done already: the same request says so. What was refused is another one.
      if (!isLost(error)) setRequestId(newId());
      if (["ETAG_MISMATCH", "CLIENT_MERGED", "CONTACT_MERGED", "CLIENT_NOT_FOUND", "CONTACT_NOT_FOUND", "CLIENT_ARCHIVED"].includes(problemOf(error).reason)) void afterMerge();
    },
  };
  const ofClients = useMutation(DuplicateService.method.mergeClients, settled);
  const ofContacts = useMutation(DuplicateService.method.mergeContacts, settled);
  const merge = what === "contacts" ? ofContacts : ofClients;
  const mark = useMutation(DuplicateService.method.markNotDuplicates, {
    onSuccess: async () => {
      toast(t("doubles.markedDifferent"));
      onDifferent();
      await afterMerge();
    },
  });
  const ready = of.length > 1 && original !== undefined && !merge.isPending && !mark.isPending;
  const goMerge = (): void => {
    if (!ready) return;
    const wanted = { requestId, etag: original.etag, choices: choicesOf(lines, of, originalId, chosen) };
    if (what === "contacts") ofContacts.mutate({ ...wanted, contactId: originalId, otherContactIds: others });
    else ofClients.mutate({ ...wanted, clientId: originalId, otherClientIds: others });
  };
  const goMark = (): void => {
    if (ready) mark.mutate(what === "contacts" ? { contactIds: of.map(idOf) } : { clientIds: of.map(idOf) });
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
      <ComparisonTable sides={sides} what={what} owners={owners} taken={taken} originalId={originalId} lines={lines} of={of} chosen={chosen} onTake={toggle} onStay={(id) => change(() => setWanted(id))} onChoose={(field, id) => change(() => setChosen({ ...chosen, [field]: id }))} />
      {original && !isContact(original) && <Before others={others} addresses={of.filter((side) => idOf(side) !== originalId).reduce((sum, { addresses }) => sum + addresses.length, 0)} />}
      {original && isContact(original) && <BeforeContacts original={original} others={of.filter(isContact).filter(({ contactId }) => contactId !== originalId)} owners={owners} />}
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

const NOBODY: readonly string[] = [];

/** The names of the clients whose contacts these are. */
function useOwners(sides: readonly Side[]): ReadonlyMap<string, string> {
  const ids = sides.some(isContact) ? [...new Set(sides.map(({ clientId }) => clientId))] : NOBODY;
  const { data } = useCards(ids);
  return new Map(data?.clients.map((client) => [client.clientId, client.workingName || client.name]));
}

/** What comes to the one that stays; and with which client it stays, where there are several. */
function BeforeContacts({ original, others, owners }: { original: Contact; others: readonly Contact[]; owners: ReadonlyMap<string, string> }) {
  const sum = (read: (contact: Contact) => readonly unknown[]): number => others.reduce((all, contact) => all + read(contact).length, 0);
  const [addresses, events] = [sum((contact) => contact.addresses), sum((contact) => contact.keyEvents)];
  const words = [...(addresses > 0 ? [t("doubles.count.address", { n: addresses })] : []), ...(events > 0 ? [t("doubles.people.events", { n: events })] : [])];
  const left = [...new Set(others.map(({ clientId }) => clientId))].filter((id) => id !== original.clientId);
  return (
    <>
      {left.length > 0 && <Strip>{t("doubles.people.leaves", { name: owners.get(original.clientId) ?? "…", others: left.map((id) => owners.get(id) ?? "…").join(", ") })}</Strip>}
      <p className={css.hint} role="status">
        {words.length > 0 && `${t("doubles.willMove", { what: words.join(", ") })} `}
        {t("doubles.canUndo")}
      </p>
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
