import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type ChannelAccount, ChannelAccountService } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { LinkButton } from "../../../ui/form/LinkButton.tsx";
import { useEdit } from "../../../ui/form/useEdit.ts";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { Strip } from "../../../ui/Strip.tsx";
import { AssignmentFields, assignmentMessage, assignmentOf, missingOf } from "../assignment.tsx";
import css from "../channels.module.css";
import { saveProblem, useSaveAccount } from "../useSaveAccount.ts";

/** The last step: who gets what comes in. The queue is a good answer, so one press may end it. */
export function Assign({ accountId }: { accountId: string }) {
  const { data, error, refetch } = useQuery(ChannelAccountService.method.getChannelAccount, { accountId });
  if (error && !data) return <Failure what={t("account.loadFailed")} why={problemText(problemOf(error))} retry={() => void refetch()} />;
  if (!data?.account) return <SkeletonRows rows={2} height={64} />;
  return <Form account={data.account} />;
}

const PATHS = ["assignment", "department_id", "schedule_id"] as const;

function Form({ account }: { account: ChannelAccount }) {
  const edit = useEdit(assignmentOf(account), account.etag);
  const { form, dirty } = edit;
  const [tried, setTried] = useState(false);
  const [sent, setSent] = useState(false);
  const { save, busy, problem, forget } = useSaveAccount(account);
  const navigate = useNavigate();
  const finish = (): void => void navigate({ to: "/settings/channels/$accountId", params: { accountId: account.accountId } });
  const failed = saveProblem(problem, false);
  useEffect(() => {
    if (sent && !busy && !problem) finish();
  });
  const submit = (): void => {
    setTried(true);
    if (missingOf(form) || busy) return;
    if (dirty.length === 0) return finish();
    const paths = PATHS.filter((path) => (path === "assignment" ? dirty.includes("method") || dirty.includes("employeeIds") : dirty.includes(path === "department_id" ? "departmentId" : "scheduleId")));
    save({ assignment: assignmentMessage(form), departmentId: form.departmentId, scheduleId: form.scheduleId }, [...paths]);
    setSent(true);
  };
  return (
    <form
      className={css.card}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <AssignmentFields form={form} owner={account.ownerEmployeeId} locked={false} tried={tried} onChange={(part) => (forget(), setSent(false), edit.change(part))} />
      {failed && <Strip tone="red">{failed}</Strip>}
      <div className={css.buttons}>
        <Button type="submit" loading={busy}>
          {t("connect.finish")}
        </Button>
        <LinkButton variant="default" to="/inbox/$view" params={{ view: "unassigned" }} search={{ account: account.accountId }}>
          {t("connect.toInbox")}
        </LinkButton>
      </div>
    </form>
  );
}
