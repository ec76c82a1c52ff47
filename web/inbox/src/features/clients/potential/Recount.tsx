import { useMutation, useQuery } from "@connectrpc/connect-query";
import { useEffect, useRef } from "react";
import { PotentialService } from "../../../gen/okno/crm/v1/potential_service_pb.ts";
import { problemText } from "../../../i18n/problem.ts";
import { problemOf } from "../../../rpc/errors.ts";
import { newId } from "../../../rpc/ids.ts";
import { toast } from "../../../ui/toasts.ts";
import { refresh } from "../queries.ts";
import { isRunning, RecountLine } from "../quality/RecountLine.tsx";

const LOOK_MS = 1_000;

/** How far the background count of potential is. */
export function Recount() {
  const { data, refetch } = useQuery(PotentialService.method.getPotentialRecount, {}, { staleTime: 0, refetchInterval: (query) => (isRunning(query.state.data?.recount) ? LOOK_MS : false) });
  const found = data?.recount;
  const running = isRunning(found);
  const was = useRef(running);
  useEffect(() => {
    if (was.current && !running) void refresh(PotentialService);
    was.current = running;
  }, [running]);
  const after = { onSuccess: () => void refetch(), onError: (error: unknown) => (toast(problemText(problemOf(error)), { error: true }), void refetch()) };
  const start = useMutation(PotentialService.method.startPotentialRecount, after);
  const stop = useMutation(PotentialService.method.stopPotentialRecount, after);
  const resume = useMutation(PotentialService.method.resumePotentialRecount, after);
  if (!found) return null;
  const { recountId } = found;
  return (
    <RecountLine
      found={found}
      start={{ run: () => start.mutate({ requestId: newId() }), busy: start.isPending }}
      stop={{ run: () => stop.mutate({ recountId }), busy: stop.isPending }}
      resume={{ run: () => resume.mutate({ recountId }), busy: resume.isPending }}
    />
  );
}
