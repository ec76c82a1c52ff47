import { useMutation } from "@connectrpc/connect-query";
import { useEffect, useState } from "react";
import type { ProbeResponse } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { type Problem, problemOf } from "../../rpc/errors.ts";
import { localText } from "./localText.ts";

const PAUSE_MS = 700;

export type Probe = {
  busy: boolean;
  result: ProbeResponse | undefined;
  problem: Problem | undefined;
  fault: { field: string; problem: string } | undefined;
  run: () => void;
};

/** Tries unsaved settings on the provider: by itself a moment after the last change, while `ready`. */
export function useProbe(channel: string, accountId: string, settings: Record<string, string>, ready: boolean): Probe {
  const [checked, setChecked] = useState("");
  const check = useMutation(ChannelAccountService.method.checkSettings);
  const wanted = JSON.stringify(settings);
  const { mutate } = check;
  const run = (): void => {
    setChecked(wanted);
    mutate({ channel, accountId, settings });
  };
  useEffect(() => {
    if (!ready || wanted === checked) return;
    const timer = setTimeout(() => {
      setChecked(wanted);
      mutate({ channel, accountId, settings: JSON.parse(wanted) as Record<string, string> });
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [ready, wanted, checked, mutate, channel, accountId]);

  const current = wanted === checked;
  const result = current ? check.data?.probe : undefined;
  const failed = result?.steps.find((step) => !step.passed);
  return {
    busy: check.isPending,
    result,
    problem: current && check.error ? problemOf(check.error) : undefined,
    fault: failed?.field ? { field: failed.field, problem: localText(failed.problem) } : undefined,
    run,
  };
}

/** Did every step pass? */
export function passed(probe: Probe): boolean {
  return probe.result !== undefined && probe.result.steps.every((step) => step.passed);
}
