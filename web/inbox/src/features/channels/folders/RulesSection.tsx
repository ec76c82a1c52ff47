import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { keyOf, useCommand } from "../../../app/commands.ts";
import type { Folder, ListFolderRulesResponse } from "../../../gen/okno/inbox/v1/folder_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { folders as client, refreshFolders, rulesOptions } from "../../../rpc/folders.ts";
import { LeaveGuard } from "../../../ui/form/LeaveGuard.tsx";
import { same } from "../../../ui/form/rebase.ts";
import { SaveBar } from "../../../ui/form/SaveBar.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Section } from "../../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { toast } from "../../../ui/toasts.ts";
import { type Draft, draftOf, isComplete, MOST_RULES, newDraft, ruleOf } from "./draft.ts";
import css from "./folders.module.css";
import { RuleLine, ruleName } from "./RuleLine.tsx";
import { RunDialog } from "./RunDialog.tsx";

type Props = { accountId: string; folders: readonly Folder[] };

/** The rules in their order: the first that fits decides. */
export function RulesSection({ accountId, folders }: Props) {
  const { data, error, refetch } = useQuery(rulesOptions(accountId));
  const problem = error ? problemOf(error) : undefined;
  return (
    <Section title={t("rules.title")}>
      {problem && !data && <Failure what={t("rules.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
      {!data && !problem && <SkeletonRows rows={2} height={56} />}
      {data && <Rules accountId={accountId} folders={folders} stored={data} />}
    </Section>
  );
}

function Rules({ accountId, folders, stored }: Props & { stored: ListFolderRulesResponse }) {
  const edit = useEdit<{ rules: readonly Draft[] }>({ rules: stored.rules.map(draftOf) }, stored.etag);
  const [open, setOpen] = useState("");
  const [tried, setTried] = useState(false);
  const [running, setRunning] = useState(false);
  const { rules } = edit.form;
  const dirty = edit.dirty.length > 0;
  const save = useMutation({
    mutationFn: () => client.replaceFolderRules({ accountId, rules: rules.map(ruleOf), etag: stored.etag }),
    onSuccess: async () => {
      await refreshFolders();
      // As the server has it now: what was typed may say the same in other words.
      edit.reset();
      setTried(false);
      setOpen("");
      toast(t("rules.saved"));
    },
    onError: () => refreshFolders(),
  });
  const change = (next: readonly Draft[]): void => (save.reset(), edit.change({ rules: next }));
  const move = (from: number, by: number): void => {
    const next = [...rules];
    const [one] = next.splice(from, 1);
    if (one) next.splice(from + by, 0, one);
    change(next);
  };
  const add = (): void => {
    const made = newDraft();
    setOpen(made.ruleId);
    change([...rules, made]);
  };
  const incomplete = rules.map((rule, index) => (isComplete(rule) ? "" : ruleName(rule, index))).filter(Boolean);
  const submit = (): void => {
    setTried(true);
    if (dirty && incomplete.length === 0 && !save.isPending) save.mutate();
  };
  useCommand("form.save", submit, { within: "anywhere", enabled: dirty });
  const failed = save.error ? problemOf(save.error) : undefined;
  const why = tried && incomplete.length > 0 ? t("rules.incomplete", { names: incomplete.join(", ") }) : edit.clashes.length > 0 ? t("rules.stale") : failed && problemText(failed);
  const changed = (rule: Draft): boolean => !edit.base.rules.some((known) => same(known, rule));
  return (
    <>
      <p className={css.hint}>{t("rules.hint")}</p>
      {rules.length === 0 && <p>{t("rules.none")}</p>}
      <ol className={css.rules}>
        {rules.map((rule, index) => (
          <RuleLine
            key={rule.ruleId}
            rule={rule}
            index={index}
            last={index === rules.length - 1}
            folders={folders}
            open={open === rule.ruleId}
            changed={changed(rule)}
            tried={tried}
            onOpen={() => setOpen(open === rule.ruleId ? "" : rule.ruleId)}
            onMove={(by) => move(index, by)}
            onChange={(next) => change(rules.map((old) => (old.ruleId === rule.ruleId ? next : old)))}
            onRemove={() => change(rules.filter((old) => old.ruleId !== rule.ruleId))}
          />
        ))}
      </ol>
      <div className={css.buttons}>
        <Button variant="default" disabled={rules.length >= MOST_RULES} leftSection={<IconPlus size={16} stroke={1.75} aria-hidden="true" />} onClick={add}>
          {t("rules.add")}
        </Button>
        {stored.rules.length > 0 && (
          <Button variant="default" disabled={dirty} title={dirty ? t("run.save") : undefined} onClick={() => setRunning(true)}>
            {t("run.open")}
          </Button>
        )}
      </div>
      <SaveBar changes={edit.dirty.length} busy={save.isPending} problem={why} hint={keyOf("form.save")} onSave={submit} onCancel={() => (save.reset(), setTried(false), setOpen(""), edit.reset())} />
      <LeaveGuard dirty={dirty} />
      {running && <RunDialog folders={folders} rules={stored.rules.map(draftOf)} onClose={() => setRunning(false)} />}
    </>
  );
}
