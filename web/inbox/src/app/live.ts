import { useEffect } from "react";
import { followDrafts } from "../features/inbox/drafts.ts";
import { startInboxFeed } from "../features/inbox/live.ts";
import { openOutbox } from "../features/inbox/outbox.ts";
import type { Event } from "../gen/okno/live/v1/event_pb.ts";
import { applyPresence } from "../rpc/directory.ts";
import { isLost } from "../rpc/errors.ts";
import { watchLeaving } from "../rpc/leaving.ts";
import { joinLive, type LiveMessage, liveState, onLive, onLiveState } from "../rpc/live/hub.ts";
import { queryClient } from "../rpc/query.ts";
import { employeeId, useEmployeeId } from "../rpc/session.ts";
import { askAnew } from "../rpc/settle.ts";
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
    const offState = onLiveState(() => liveState() === "connected" && askLost());
    const leave = joinLive(me);
    openOutbox();
    const offDrafts = followDrafts();
    const offLeaving = watchLeaving();
    return () => {
      offDrafts();
      offLeaving();
      leave();
      off();
      offState();
      inbox.stop();
    };
  }, [me]);
}

/** What is on the screen and could not be asked while there was no connection. */
function askLost(): void {
  void queryClient.refetchQueries({ type: "active", predicate: ({ state }) => state.status === "error" && isLost(state.error) });
}

// By name: their descriptors come with the screens that ask them.
const ACCOUNTS = "okno.inbox.v1.ChannelAccountService";
const REQUESTS = "okno.inbox.v1.RequestService";
const VIEWS = "okno.inbox.v1.ViewService";
const CRM = "okno.crm.v1.";
const CLIENTS = `${CRM}Client`; // and their links
const CONTACTS = `${CRM}Cont`; // and contracts
const EMPLOYEES = "okno.org.v1.EmployeeService";
const DEPARTMENTS = "okno.org.v1.DepartmentService";
const SESSIONS = "okno.org.v1.SessionService";

/** Small tables that change rarely are asked for anew as a whole. */
function refreshDirectory({ response, fresh }: LiveMessage): void {
  const { what } = response;
  if (what.case === "hello") void noticeVersion(what.value.version);
  if (what.case === "event") for (const service of concerned(what.value)) stale(service);
  if (what.case === "presence") applyPresence(what.value.cameEmployeeIds, what.value.goneEmployeeIds);
  if (what.case === "reset" || (what.case === "hello" && fresh)) {
    for (const service of [ACCOUNTS, EMPLOYEES, DEPARTMENTS, SESSIONS, CRM, REQUESTS, VIEWS]) stale(service);
  }
}

function concerned({ what }: Event): string[] {
  switch (what.case) {
    case "channelAccountChanged":
    case "gatewayChanged":
      return [ACCOUNTS];
    case "employeeChanged":
      // One's own roles and presence stand in the session as well.
      return what.value.employeeId === employeeId() ? [EMPLOYEES, SESSIONS] : [EMPLOYEES];
    case "departmentChanged":
    case "scheduleChanged":
      return [DEPARTMENTS];
    case "viewChanged":
      return [VIEWS];
    case "clientChanged":
    case "contactChanged":
      return [CLIENTS, CONTACTS];
    case "contactPointLinked":
      return [CLIENTS];
    case "directoryChanged":
    case "clientSettingsChanged":
      return [CRM];
    default:
      return [];
  }
}

const waiting = new Map<string, ReturnType<typeof setTimeout>>();

/** At most once a second each: a burst of changes is one question. */
function stale(service: string): void {
  if (waiting.has(service)) return;
  const timer = setTimeout(() => {
    waiting.delete(service);
    askAnew(queryClient, { predicate: ({ queryKey }) => (queryKey[1] as { serviceName?: string } | undefined)?.serviceName?.startsWith(service) ?? false });
  }, 1_000);
  waiting.set(service, timer);
}
