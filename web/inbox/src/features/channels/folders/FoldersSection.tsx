import { useQuery } from "@tanstack/react-query";
import type { ChannelAccount } from "../../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t, useT } from "../../../i18n/index.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { foldersOptions } from "../../../rpc/folders.ts";
import { useEmployeeId } from "../../../rpc/session.ts";
import { Section } from "../../../ui/Page.tsx";
import { Failure, SkeletonRows } from "../../../ui/States.tsx";
import { FolderTree } from "./FolderTree.tsx";
import { RulesSection } from "./RulesSection.tsx";

type Props = { account: ChannelAccount; administrator: boolean };

/** Folders of a mailbox, and the rules that sort into them; of a personal one they are its owner's alone. */
export function FoldersSection({ account: { accountId, ownerEmployeeId }, administrator }: Props) {
  useT();
  const me = useEmployeeId();
  const closed = ownerEmployeeId !== "" && ownerEmployeeId !== me;
  const { data, error, refetch } = useQuery({ ...foldersOptions(accountId, true), enabled: !closed });
  const problem = error ? problemOf(error) : undefined;
  const locked = closed || (ownerEmployeeId === "" && !administrator);
  if (closed) {
    return (
      <Section title={t("folders.title")}>
        <p>{t("folders.closed")}</p>
      </Section>
    );
  }
  return (
    <>
      <Section title={t("folders.title")}>
        {problem && !data && <Failure what={t("folders.failed")} why={problemText(problem)} traceId={problem.traceId} retry={() => void refetch()} />}
        {!data && !problem && <SkeletonRows rows={3} height={36} />}
        {data && <FolderTree accountId={accountId} folders={data} locked={locked} />}
      </Section>
      {!locked && data && <RulesSection accountId={accountId} folders={data} />}
    </>
  );
}
