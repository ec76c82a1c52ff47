import { IconArchive, IconArchiveOff, IconArrowsJoin, IconTag, IconTagOff, IconUserCheck, IconX, type TablerIcon } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import type { Client } from "../../../gen/okno/crm/v1/client_service_pb.ts";
import { collator } from "../../../i18n/format.ts";
import { type Key, t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { type Outcome, runAll } from "../../../rpc/many.ts";
import { queryClient } from "../../../rpc/query.ts";
import { Avatar } from "../../../ui/Avatar.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Picker } from "../../../ui/Picker.tsx";
import { toast } from "../../../ui/toasts.ts";
import { TagDialog } from "../fields/Tags.tsx";
import type { Selection } from "../list/selection.ts";
import { LIST, useDirectories } from "../queries.ts";
import css from "./bulk.module.css";
import { addTag, ARCHIVE, type Deed, giveTo, removeTag, RESTORE } from "./deeds.ts";

const NOBODY = "nobody";
/** As many can be merged at once, the one that stays among them. */
const MOST_MERGED = 50;

type Props = { rows: readonly Client[]; selection: Selection };
type Asking = "responsible" | "tag" | "untag";

/** What can be done with all chosen clients; who was refused stays chosen, and why is said. */
export function BulkBar({ rows, selection }: Props) {
  useT();
  const chosen = rows.filter(({ clientId }) => selection.ids.has(clientId));
  const [asking, setAsking] = useState<Asking>();
  const { run, running, refused, forget } = useRun(chosen, selection);
  const navigate = useNavigate();
  const clear = (): void => (forget(), selection.set([]));
  useCommand("list.unselect", clear, { first: true });
  const archived = chosen.some(({ archivedAt }) => archivedAt);
  const answer = (deed: Deed): void => {
    setAsking(undefined);
    void run(deed);
  };
  return (
    <section className={css.bar} aria-label={t("clients.bulk.label")}>
      {refused.length > 0 && <Refused outcomes={refused} onClose={forget} />}
      <div className={css.line}>
        <span className={css.count} role="status">
          {running ? t("clients.bulk.running", running) : t("clients.bulk.chosen", { n: chosen.length })}
        </span>
        {!archived && <Act icon={IconUserCheck} label="client.field.responsibleEmployeeId" onClick={() => setAsking("responsible")} />}
        {!archived && <Act icon={IconTag} label="clients.bulk.addTag" onClick={() => setAsking("tag")} />}
        {!archived && chosen.some(({ tagIds }) => tagIds.length > 0) && <Act icon={IconTagOff} label="clients.bulk.removeTag" onClick={() => setAsking("untag")} />}
        {!archived && chosen.length > 1 && chosen.length <= MOST_MERGED && <Act icon={IconArrowsJoin} label="clients.bulk.merge" onClick={() => void navigate({ to: "/clients/$clientId", params: { clientId: "duplicates" }, search: { ids: chosen.map(({ clientId }) => clientId).join(",") } })} />}
        <Act icon={archived ? IconArchiveOff : IconArchive} label={archived ? "clients.restore" : "clients.archive"} onClick={() => void run(archived ? RESTORE : ARCHIVE)} />
        <Act icon={IconX} label="clients.bulk.clear" hint={keyOf("list.unselect")} onClick={clear} />
      </div>
      {asking === "responsible" && <ResponsibleDialog onPick={(id) => answer(giveTo(id))} onClose={() => setAsking(undefined)} />}
      {asking === "tag" && <TagDialog chosen={[]} onPick={(id) => answer(addTag(id))} onClose={() => setAsking(undefined)} />}
      {asking === "untag" && <UntagDialog clients={chosen} onPick={(id) => answer(removeTag(id))} onClose={() => setAsking(undefined)} />}
    </section>
  );
}

type Running = { done: number; all: number };

function useRun(chosen: readonly Client[], selection: Selection) {
  const [running, setRunning] = useState<Running>();
  const [refused, setRefused] = useState<readonly Outcome<Client>[]>([]);
  const run = async (deed: Deed): Promise<void> => {
    const concerned = chosen.filter(deed.concerns);
    if (running) return;
    if (concerned.length === 0) return toast(t("clients.bulk.nothing"));
    setRefused([]);
    setRunning({ done: 0, all: concerned.length });
    const outcomes = await runAll(concerned, deed.run, (done) => setRunning({ done, all: concerned.length }));
    await again();
    setRunning(undefined);
    report(deed, outcomes, chosen.length - concerned.length);
    const failed = outcomes.filter(({ problem }) => problem);
    setRefused(failed);
    selection.set(failed.map(({ row }) => row.clientId));
  };
  return { run, running, refused, forget: () => setRefused([]) };
}

function again(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: LIST });
}

/** Said once for all of them, with whom it left alone and the way back. */
function report(deed: Deed, outcomes: readonly Outcome<Client>[], leftAlone: number): void {
  const done = outcomes.filter(({ problem }) => !problem).map(({ row }) => row);
  if (done.length === 0) return;
  const words = [t(deed.done, { n: done.length }), leftAlone > 0 ? t("clients.bulk.leftAlone", { n: leftAlone }) : ""].filter(Boolean).join(" ");
  const undo = async (): Promise<void> => {
    const failed = (await runAll(done, deed.undo, () => undefined)).filter(({ problem }) => problem);
    await again();
    if (failed.length > 0) toast(t("clients.bulk.notUndone", { n: failed.length }), { error: true });
  };
  toast(words, { undo: () => void undo() });
}

function Act({ icon: Icon, label, hint = "", onClick }: { icon: TablerIcon; label: Key; hint?: string; onClick: () => void }) {
  return (
    <button type="button" className={css.act} title={hint ? `${t(label)} ${hint}` : t(label)} onClick={onClick}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
      <span className={css.word}>{t(label)}</span>
    </button>
  );
}

function ResponsibleDialog({ onPick, onClose }: { onPick: (employeeId: string) => void; onClose: () => void }) {
  const employees = useEmployees();
  const byName = collator();
  const people = [...employees.values()].filter(({ dismissed }) => !dismissed).sort((a, b) => byName.compare(a.name, b.name));
  const title = t("client.field.responsibleEmployeeId");
  return (
    <Dialog title={title} onClose={onClose}>
      <Picker label={title} items={[{ id: NOBODY, name: t("clients.nobody") }, ...people.map(({ employeeId, name }) => ({ id: employeeId, name, lead: <Avatar name={name} size="sm" /> }))]} onPick={({ id }) => onPick(id === NOBODY ? "" : id)} />
    </Dialog>
  );
}

function UntagDialog({ clients, onPick, onClose }: { clients: readonly Client[]; onPick: (tagId: string) => void; onClose: () => void }) {
  const { name } = useDirectories();
  const tags = [...new Set(clients.flatMap(({ tagIds }) => tagIds))];
  return (
    <Dialog title={t("clients.bulk.removeTag")} onClose={onClose}>
      <Picker label={t("clients.tagField")} items={tags.map((id) => ({ id, name: name(id) || "…", detail: String(clients.filter(({ tagIds }) => tagIds.includes(id)).length) }))} onPick={({ id }) => onPick(id)} />
    </Dialog>
  );
}

function Refused({ outcomes, onClose }: { outcomes: readonly Outcome<Client>[]; onClose: () => void }) {
  return (
    <div className={css.refused} role="alert">
      <p className={css.title}>
        {t("clients.bulk.refused", { n: outcomes.length })}
        <button type="button" className={css.act} aria-label={t("action.dismiss")} onClick={onClose}>
          <IconX size={16} stroke={1.75} aria-hidden="true" />
        </button>
      </p>
      <ul>
        {outcomes.map(({ row, problem }) => (
          <li key={row.clientId}>
            <b>{row.workingName || row.name}</b> {problem && problemText(problem)}
          </li>
        ))}
      </ul>
    </div>
  );
}
