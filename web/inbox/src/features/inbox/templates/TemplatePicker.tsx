import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { type ChannelTemplate, TemplateApproval, TemplateHeaderKind } from "../../../gen/okno/channel/v1/template_pb.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { SkeletonRows } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import type { OutFile } from "../outFile.ts";
import css from "./TemplatePicker.module.css";
import { TemplateForm } from "./TemplateForm.tsx";
import { listedAt, refreshTemplates, useTemplates } from "./useTemplates.ts";

/** How long a list is waited for that the channel was asked for. */
const PATIENCE = 60_000;

type Props = { conversation: Conversation; files: readonly OutFile[]; onClose: () => void; onSend: (template: ChannelTemplate, values: Readonly<Record<string, string>>) => void };

/** The channel's texts: found by words, filled in, looked at, sent where they are approved. */
export function TemplatePicker({ conversation, files, onClose, onSend }: Props) {
  useT();
  const [chosen, setChosen] = useState<ChannelTemplate>();
  return (
    <Dialog title={chosen ? chosen.name : t("templates.title")} wide onClose={onClose}>
      {chosen ? (
        <TemplateForm key={keyOf(chosen)} template={chosen} conversation={conversation} files={files} onBack={() => setChosen(undefined)} onSend={(values) => (onClose(), onSend(chosen, values))} />
      ) : (
        <TemplateList accountId={conversation.accountId} onPick={setChosen} />
      )}
    </Dialog>
  );
}

function TemplateList({ accountId, onPick }: { accountId: string; onPick: (template: ChannelTemplate) => void }) {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const [awaited, setAwaited] = useState<number>();
  const found = useTemplates(accountId, words, awaited);
  // What we cannot fill is nothing to choose.
  const shown = found.data?.pages.flatMap((page) => page.templates).filter(({ headerKind }) => headerKind !== TemplateHeaderKind.OTHER) ?? [];
  const listed = listedAt(found.data?.pages[0]);
  const awaits = awaited !== undefined && listed <= awaited;
  useEffect(() => {
    if (!awaits) return undefined;
    const enough = setTimeout(() => setAwaited(undefined), PATIENCE);
    return () => clearTimeout(enough);
  }, [awaits]);
  const ask = (): void => {
    setAwaited(listed);
    refreshTemplates(accountId).catch((error: unknown) => (setAwaited(undefined), toast(problemText(problemOf(error)), { error: true })));
  };
  // Chromium's scrollIntoView gives a promise now, which React would take for the effect's end and call.
  useEffect(() => void list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [at]);
  const pick = (template: ChannelTemplate | undefined): void => void (template?.approval === TemplateApproval.APPROVED && onPick(template));
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt(Math.min(shown.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") pick(shown[at]);
    else return;
    event.preventDefault();
  };
  return (
    <div className={css.picker}>
      <input
        className={css.search}
        role="combobox"
        aria-expanded="true"
        aria-controls="template-list"
        aria-activedescendant={shown.length > 0 ? `template-${at}` : undefined}
        aria-autocomplete="list"
        aria-label={t("templates.search")}
        placeholder={t("templates.search")}
        data-autofocus
        value={words}
        onChange={(event) => (setWords(event.target.value), setAt(0))}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id="template-list" className={css.list} role="listbox" aria-label={t("templates.title")}>
        {shown.map((template, index) => (
          <Option key={keyOf(template)} template={template} index={index} selected={index === at} onPoint={() => setAt(index)} onPick={() => pick(template)} />
        ))}
      </div>
      {found.isPending && <SkeletonRows rows={4} height={56} />}
      {found.isError && <Nothing text={problemText(problemOf(found.error))} button={t("action.retry")} onPress={() => void found.refetch()} />}
      {found.isSuccess && shown.length === 0 && <p className={css.none}>{t(words.trim() ? "templates.noneFound" : "templates.none")}</p>}
      {found.hasNextPage && (
        <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t("templates.more")}
        </Button>
      )}
      {found.isSuccess && (
        <div className={css.foot}>
          <span className={css.hint}>{listed ? t("templates.listed", { time: dayAndClock(listed, Date.now()) }) : t("templates.neverListed")}</span>
          <Button variant="default" size="compact-sm" loading={awaits} onClick={ask}>
            {t("templates.refresh")}
          </Button>
        </div>
      )}
    </div>
  );
}

type OptionProps = { template: ChannelTemplate; index: number; selected: boolean; onPoint: () => void; onPick: () => void };

/** What is not approved is shown with the reason, so that nobody looks for it in vain. */
function Option({ template, index, selected, onPoint, onPick }: OptionProps) {
  const usable = template.approval === TemplateApproval.APPROVED;
  return (
    <button id={`template-${index}`} type="button" role="option" tabIndex={-1} aria-selected={selected} aria-disabled={!usable} className={css.one} onPointerMove={onPoint} onClick={onPick}>
      <span className={css.name}>{template.name}</span>
      <span className={css.meta}>{[template.language, template.category].filter(Boolean).join(" · ")}</span>
      {!usable && <span className={css.state}>{[t(STATES[template.approval] ?? "templates.unknown"), template.approvalNote].filter(Boolean).join(": ")}</span>}
      <span className={css.text}>{template.body}</span>
    </button>
  );
}

const STATES = {
  [TemplateApproval.UNSPECIFIED]: "templates.unknown",
  [TemplateApproval.APPROVED]: "templates.unknown",
  [TemplateApproval.PENDING]: "templates.pending",
  [TemplateApproval.REJECTED]: "templates.rejected",
  [TemplateApproval.PAUSED]: "templates.paused",
  [TemplateApproval.DISABLED]: "templates.disabled",
} as const;

function Nothing({ text, button, onPress }: { text: string; button: string; onPress: () => void }) {
  return (
    <div className={css.none}>
      <p>{text}</p>
      <Button variant="default" size="compact-sm" onClick={onPress}>
        {button}
      </Button>
    </div>
  );
}

function keyOf({ name, language }: ChannelTemplate): string {
  return `${name} ${language}`;
}
