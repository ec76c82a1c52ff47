import { useQuery } from "@connectrpc/connect-query";
import { type Conversation, RequestState } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { RequestService } from "../../../gen/okno/inbox/v1/request_service_pb.ts";
import { dayAndClock } from "../../../i18n/format.ts";
import { t } from "../../../i18n/index.ts";
import { millis, serverNow, useNow } from "../../../rpc/clock.ts";
import { useEmployees } from "../../../rpc/directory.ts";
import { Chip } from "../../../ui/Chip.tsx";
import { Due } from "../../../ui/Due.tsx";
import { stateName } from "../header/stateName.ts";
import { Block, line, Lines } from "./Block.tsx";
import css from "./CustomerPanel.module.css";
import { Why } from "./Why.tsx";

/** The request that is open: its state, whose it is, both deadlines, and why. */
export function OpenRequest({ conversation }: { conversation: Conversation }) {
  const now = useNow(60_000);
  const employees = useEmployees();
  const { request } = conversation;
  if (!request) return null;
  const from = millis(request.receivedAt);
  const due = (at: number): React.ReactNode => at > 0 && <Due now={now} from={from} due={at} />;
  return (
    <Block name="request" title={t("request.number", { number: String(request.number) })}>
      <Lines
        lines={[
          ...line("panel.status", t(stateName(request.state))),
          ...line("panel.received", dayAndClock(from, serverNow())),
          ...line("panel.responsible", employees.get(request.assigneeEmployeeId)?.name ?? request.assigneeName),
          ...line("panel.firstReplyDue", due(millis(request.firstReplyDueAt))),
          ...line("panel.resolutionDue", due(millis(request.resolutionDueAt))),
        ]}
      />
      <Why requestId={request.requestId} />
    </Block>
  );
}

const CLOSED = [RequestState.DONE, RequestState.REJECTED];

/** What this dialog was about before. */
export function PastRequests({ conversation }: { conversation: Conversation }) {
  const employees = useEmployees();
  // Asked for anew when the open one ends.
  const { data } = useQuery(RequestService.method.listRequests, { conversationId: conversation.conversationId, states: CLOSED, pageSize: 50 }, { staleTime: 10_000 });
  const past = [...(data?.requests ?? [])].reverse();
  if (past.length === 0) return null;
  return (
    <Block name="past" title={t("panel.past", { n: past.length })}>
      <ul className={css.rows}>
        {past.map((request) => (
          <li key={request.requestId} className={css.past}>
            <span className={css.rowTitle}>{t("request.number", { number: String(request.number) })}</span>
            <Chip tone={request.state === RequestState.REJECTED ? "gray" : "green"}>{t(stateName(request.state))}</Chip>
            <span className={css.rowMeta}>
              {dayAndClock(millis(request.closedAt) || millis(request.receivedAt), serverNow())}
              {request.assigneeEmployeeId && ` · ${employees.get(request.assigneeEmployeeId)?.name ?? ""}`}
              {request.rejectComment && ` · ${request.rejectComment}`}
            </span>
          </li>
        ))}
      </ul>
    </Block>
  );
}
