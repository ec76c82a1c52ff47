import { Button } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { ChannelTemplate } from "../../../gen/okno/channel/v1/template_pb.ts";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { Dialog } from "../../../ui/Dialog.tsx";
import { SkeletonRows } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import type { OutFile } from "../outFile.ts";
import css from "./TemplatePicker.module.css";
import { TemplateForm } from "./TemplateForm.tsx";
import { refreshTemplates, useTemplates } from "./useTemplates.ts";

type Props = { conversation: Conversation; files: readonly OutFile[]; onClose: () => void; onSend: (template: ChannelTemplate, values: Readonly<Record<string, string>>) => void };

/** The texts that the channel has approved: found by words, filled in, looked at, sent. */
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
  const found = useTemplates(accountId, words);
  const shown = found.data?.pages.flatMap((page) => page.templates) ?? [];
  useEffect(() => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [at]);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === "ArrowDown") setAt(Math.min(shown.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") shown[at] && onPick(shown[at]);
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
          <button key={keyOf(template)} id={`template-${index}`} type="button" role="option" tabIndex={-1} aria-selected={index === at} className={css.one} onPointerMove={() => setAt(index)} onClick={() => onPick(template)}>
            <span className={css.name}>{template.name}</span>
            <span className={css.meta}>{[template.language, template.category].filter(Boolean).join(" · ")}</span>
            <span className={css.text}>{template.body}</span>
          </button>
        ))}
      </div>
      {found.isPending && <SkeletonRows rows={4} height={56} />}
      {found.isError && <Nothing text={problemText(problemOf(found.error))} button={t("action.retry")} onPress={() => void found.refetch()} />}
      {found.isSuccess && shown.length === 0 && (words.trim() ? <p className={css.none}>{t("templates.noneFound")}</p> : <None accountId={accountId} />)}
      {found.hasNextPage && (
        <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t("templates.more")}
        </Button>
      )}
    </div>
  );
}

/** Nothing is approved, or nobody has asked the channel yet. */
function None({ accountId }: { accountId: string }) {
  const ask = (): void =>
    void refreshTemplates(accountId).then(
      () => toast(t("templates.asked")),
      (error: unknown) => toast(problemText(problemOf(error)), { error: true }),
    );
  return <Nothing text={t("templates.none")} button={t("templates.refresh")} onPress={ask} />;
}

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
