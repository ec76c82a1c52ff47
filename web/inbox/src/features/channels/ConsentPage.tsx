import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { useEffect, useRef, useState } from "react";
import { ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t, useT } from "../../i18n/index.ts";
import { problemText } from "../../i18n/problem.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Page } from "../../ui/Page.tsx";
import { SkeletonRows } from "../../ui/States.tsx";
import { Strip } from "../../ui/Strip.tsx";
import { useTitle } from "../../ui/title.ts";
import { backFrom, tellEnd } from "./consent.ts";
import css from "./channels.module.css";

/** Where a provider's page sends the browser back: ends the consent, tells the form that asked, and may be closed. */
export function ConsentPage() {
  useT();
  const [back] = useState(() => backFrom(location.search));
  const [problem, setProblem] = useState<string>();
  const begun = useRef(false);
  const { mutate } = useMutation(ChannelAccountService.method.finishConsent, {
    onSuccess: ({ consent }) => {
      tellEnd({ state: back.state, consent, problem: "" });
      setProblem("");
    },
    onError: (error) => {
      const failed = problemOf(error);
      const words = failed.reason === "PROBE_FAILED" ? (failed.metadata["step"] ?? "") : problemText(failed);
      tellEnd({ state: back.state, consent: "", problem: words });
      setProblem(words);
    },
  });
  useEffect(() => {
    // A code is good once.
    if (begun.current) return;
    begun.current = true;
    // It stays in no history.
    history.replaceState(history.state, "", location.pathname);
    if (back.code) return mutate({ state: back.state, code: back.code });
    // The provider's word tells its own help what happened, and people nothing.
    const words = back.error ? `${t("consent.refused")} (${back.error})` : t("consent.refused");
    tellEnd({ state: back.state, consent: "", problem: words });
    setProblem(words);
  }, [back, mutate]);
  useTitle(t("consent.title"));
  return (
    <Page title={t("consent.title")}>
      {problem === undefined && <SkeletonRows rows={1} height={64} />}
      {problem === "" && <Strip>{t("consent.done")}</Strip>}
      {problem && <Strip tone="red">{problem}</Strip>}
      {problem !== undefined && (
        <div className={css.buttons}>
          <Button onClick={() => window.close()}>{t("consent.close")}</Button>
        </div>
      )}
    </Page>
  );
}
