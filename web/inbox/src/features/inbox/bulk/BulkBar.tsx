import { IconArrowForwardUp, IconCheck, IconClockPause, IconFolderSymlink, IconLinkOff, IconMailOpened, IconUserCheck, IconX, type TablerIcon } from "@tabler/icons-react";
import { Suspense, useState } from "react";
import { type CommandId, keyOf, useCommand } from "../../../app/commands.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { type Key, t, useT, withTexts } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { part } from "../../../ui/part.ts";
import { toast } from "../../../ui/toasts.ts";
import { clearSelection, selectAll, useSelection } from "../list/selection.ts";
import { nameOf } from "../names.ts";
import { useAccount } from "../queries.ts";
import css from "./BulkBar.module.css";
import { type Deed, FINISH, handTo, READ, SET_ASIDE, snoozeUntil, TAKE } from "./deeds.ts";
import { type Outcome, runAll } from "../../../rpc/many.ts";

const TransferDialog = part(() => import("../header/TransferDialog.tsx").then(({ TransferDialog: component }) => component), { ahead: true });
const SnoozeDialog = part(() => import("../header/SnoozeDialog.tsx").then(({ SnoozeDialog: component }) => component), { ahead: true });
const MoveDialog = part(() => withTexts(import("../folders/MoveDialog.tsx"), "folders").then(({ MoveDialog: component }) => component));

type Running = { done: number; all: number };

/** What can be done with all selected rows; what was refused stays selected and says why. */
export function BulkBar({ rows }: { rows: readonly Conversation[] }) {
  useT();
  const selected = useSelection();
  const chosen = rows.filter((row) => selected.has(row.conversationId));
  const [dialog, setDialog] = useState<"transfer" | "snooze" | "move">();
  const [first] = chosen;
  const letters = useAccount(first?.accountId ?? "")?.capabilities?.letters ?? false;
  // A folder is one of one account.
  const movable = letters && chosen.every((row) => row.accountId === first?.accountId);
  const [running, setRunning] = useState<Running>();
  const [refused, setRefused] = useState<readonly Outcome<Conversation>[]>([]);

  const run = async (deed: Deed): Promise<void> => {
    const concerned = chosen.filter(deed.concerns);
    if (running) return;
    if (concerned.length === 0) return toast(t("bulk.nothing"));
    setRefused([]);
    setRunning({ done: 0, all: concerned.length });
    const outcomes = await runAll(concerned, deed.run, (done) => setRunning({ done, all: concerned.length }));
    setRunning(undefined);
    report(deed, outcomes, chosen.length - concerned.length);
    const failed = outcomes.filter(({ problem }) => problem);
    setRefused(failed);
    if (failed.length > 0) selectAll(failed.map(({ row }) => row.conversationId));
    else clearSelection();
  };
  const act = (command: CommandId, deed: () => void): void => useCommand(command, deed, { first: true });
  act("conversation.take", () => void run(TAKE));
  act("conversation.assign", () => setDialog("transfer"));
  act("conversation.finish", () => void run(FINISH));
  act("conversation.snooze", () => setDialog("snooze"));
  act("conversation.move", () => (movable ? setDialog("move") : toast(t("bulk.nothing"))));

  return (
    <section className={css.bar} aria-label={t("bulk.label")}>
      {refused.length > 0 && <Refused outcomes={refused} onClose={() => setRefused([])} />}
      <div className={css.line}>
        <span className={css.count} role="status">
          {running ? t("bulk.running", running) : t("bulk.selected", { n: chosen.length })}
        </span>
        <Act icon={IconUserCheck} label="action.take" command="conversation.take" onClick={() => void run(TAKE)} />
        <Act icon={IconArrowForwardUp} label="action.transfer" command="conversation.assign" onClick={() => setDialog("transfer")} />
        <Act icon={IconCheck} label="action.finish" command="conversation.finish" onClick={() => void run(FINISH)} />
        <Act icon={IconClockPause} label="action.snooze" command="conversation.snooze" onClick={() => setDialog("snooze")} />
        {movable && <Act icon={IconFolderSymlink} label="action.move" command="conversation.move" onClick={() => setDialog("move")} />}
        <Act icon={IconMailOpened} label="action.markRead" onClick={() => void run(READ)} />
        {chosen.some(SET_ASIDE.concerns) && <Act icon={IconLinkOff} label="action.setAside" onClick={() => void run(SET_ASIDE)} />}
        <Act icon={IconX} label="bulk.clear" command="list.unselect" onClick={clearSelection} />
      </div>
      <Suspense>
        {dialog === "transfer" && <TransferDialog responsible="" onClose={() => setDialog(undefined)} onSubmit={(to, note) => void run(handTo(to, note))} />}
        {dialog === "move" && <MoveDialog rows={chosen} onClose={() => setDialog(undefined)} onMoved={clearSelection} />}
        {dialog === "snooze" && <SnoozeDialog onClose={() => setDialog(undefined)} onPick={(at) => void run(snoozeUntil(at))} />}
      </Suspense>
    </section>
  );
}

function Act({ icon: Icon, label, command, onClick }: { icon: TablerIcon; label: Key; command?: CommandId; onClick: () => void }) {
  const key = command ? keyOf(command) : "";
  return (
    <button type="button" className={css.act} aria-label={t(label)} title={key ? `${t(label)} ${key}` : t(label)} onClick={onClick}>
      <Icon size={20} stroke={1.75} aria-hidden="true" />
    </button>
  );
}

/** Said once for all of them, with what was left alone and the way back. */
function report(deed: Deed, outcomes: readonly Outcome<Conversation>[], leftAlone: number): void {
  const done = outcomes.filter(({ problem }) => !problem).map(({ row }) => row);
  if (done.length === 0) return;
  const { undo } = deed;
  const words = [t(deed.done, { n: done.length }), leftAlone > 0 ? t("bulk.leftAlone", { n: leftAlone }) : ""].filter(Boolean).join(" ");
  toast(words, undo ? { undo: () => void runAll(done, async (row) => (await undo(row), undefined), () => undefined) } : {});
}

function Refused({ outcomes, onClose }: { outcomes: readonly Outcome<Conversation>[]; onClose: () => void }) {
  const title = t("bulk.refused", { n: outcomes.length });
  return (
    <div className={css.refused} role="alert">
      <p className={css.title}>
        {title}
        <button type="button" className={css.act} aria-label={t("action.dismiss")} onClick={onClose}>
          <IconX size={16} stroke={1.75} aria-hidden="true" />
        </button>
      </p>
      <ul>
        {outcomes.map(({ row, problem }) => (
          <li key={row.conversationId}>
            <b>{nameOf(row)}</b> {problem && problemText(problem)}
          </li>
        ))}
      </ul>
    </div>
  );
}
