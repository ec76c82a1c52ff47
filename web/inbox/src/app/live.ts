import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { DescService } from "@bufbuild/protobuf";
import { useEffect } from "react";
import { startInboxFeed } from "../features/inbox/live.ts";
import { openOutbox } from "../features/inbox/outbox.ts";
import { ChannelAccountService } from "../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { ClientService } from "../gen/okno/crm/v1/client_service_pb.ts";
import { DepartmentService } from "../gen/okno/org/v1/department_service_pb.ts";
import { EmployeeService } from "../gen/okno/org/v1/employee_service_pb.ts";
import type { Event } from "../gen/okno/live/v1/event_pb.ts";
import { applyPresence } from "../rpc/directory.ts";
import { joinLive, type LiveMessage, onLive } from "../rpc/live/hub.ts";
import { queryClient } from "../rpc/query.ts";
import { useEmployeeId } from "../rpc/session.ts";
import { noticeVersion } from "./version.ts";

/** Joins the live feed for as long as someone is signed in, and hands what it brings to whom it concerns. */
export function useLiveFeed(): void {
  const me = useEmployeeId();
  useEffect(() => {
    const inbox = startInboxFeed(queryClient, me);
    const off = onLive((message) => {
      inbox.receive(message);
      refreshDirectory(message);
    });
    const leave = joinLive(me);
    openOutbox();
    return () => {
      leave();
      off();
      inbox.stop();
    };
  }, [me]);
}

/** Small tables that change rarely are asked for anew as a whole. */
function refreshDirectory({ response, fresh }: LiveMessage): void {
  const { what } = response;
  if (what.case === "hello") noticeVersion(what.value.version);
  if (what.case === "event") for (const service of concerned(what.value)) stale(service);
  if (what.case === "presence") applyPresence(what.value.employeeId, what.value.online);
  if (what.case === "reset" || (what.case === "hello" && fresh)) {
    for (const service of [ChannelAccountService, EmployeeService, DepartmentService, ClientService]) stale(service);
  }
}

function concerned({ what }: Event): DescService[] {
  switch (what.case) {
    case "channelAccountChanged":
    case "gatewayChanged":
      return [ChannelAccountService];
    case "employeeChanged":
      return [EmployeeService];
    case "departmentChanged":
      return [DepartmentService];
    case "clientChanged":
    case "contactPointLinked":
      return [ClientService];
    default:
      return [];
  }
}

const waiting = new Map<DescService, ReturnType<typeof setTimeout>>();

/** At most once a second each: a burst of changes is one question. */
function stale(service: DescService): void {
  if (waiting.has(service)) return;
  const timer = setTimeout(() => {
    waiting.delete(service);
    void queryClient.invalidateQueries({ queryKey: createConnectQueryKey({ schema: service, cardinality: undefined }) });
  }, 1_000);
  waiting.set(service, timer);
}

