import { Button } from "@mantine/core";
import { useMutation } from "@connectrpc/connect-query";
import { IconCheck, IconExternalLink } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { SettingsConsent } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { ChannelAccountService } from "../../gen/okno/inbox/v1/channel_account_service_pb.ts";
import { t } from "../../i18n/index.ts";
import { problemOf } from "../../rpc/errors.ts";
import { Strip } from "../../ui/Strip.tsx";
import { onEnd, redirectUri } from "./consent.ts";
import css from "./channels.module.css";
import { localText } from "./localText.ts";
import { saveProblem } from "./useSaveAccount.ts";
import type { Values } from "./schema.ts";

type Props = {
  channel: string;
  /** A saved account whose secrets fill what is left empty; empty: none. */
  accountId: string;
  consent: SettingsConsent;
  values: Values;
  settings: Record<string, string>;
  onGiven: (value: string) => void;
};

/** Asks the provider's page for a secret that nobody types in. */
export function ConsentButton({ channel, accountId, consent, values, settings, onGiven }: Props) {
  const begin = useMutation(ChannelAccountService.method.beginConsent);
  const waiting = useRef("");
  const [refused, setRefused] = useState("");
  const given = useRef(onGiven);
  useEffect(() => {
    given.current = onGiven;
  });
  useEffect(
    () =>
      onEnd(({ state, consent: value, problem }) => {
        if (state !== waiting.current || state === "") return;
        waiting.current = "";
        setRefused(value ? "" : problem || t("consent.refused"));
        if (value) given.current(value);
      }),
    [],
  );
  const missing = consent.needs.some((name) => !values[name]?.trim());
  const done = (values[consent.field] ?? "").startsWith("consent:");
  const ask = (): void => {
    // Opened by the press itself: a window that is opened later is held back by browsers.
    const page = window.open("", "_blank");
    setRefused("");
    begin.mutate(
      { channel, accountId, settings, redirectUri: redirectUri() },
      {
        onSuccess: ({ authorizeUrl, state }) => {
          waiting.current = state;
          if (!page) return setRefused(t("consent.noWindow"));
          // What a foreign page opens has no way back into this one.
          page.opener = null;
          page.location.href = authorizeUrl;
        },
        onError: () => page?.close(),
      },
    );
  };
  return (
    <div className={css.buttons}>
      <Button variant="default" disabled={missing} loading={begin.isPending} title={missing ? t("consent.needs") : undefined} rightSection={<IconExternalLink size={16} stroke={1.75} aria-hidden="true" />} onClick={ask}>
        {localText(consent.title)}
      </Button>
      {done && (
        <span className={css.muted}>
          <IconCheck size={16} stroke={1.75} aria-hidden="true" /> {t("consent.given")}
        </span>
      )}
      {(refused || begin.error) && <Strip tone="red">{refused || saveProblem(begin.error ? problemOf(begin.error) : undefined, false)}</Strip>}
    </div>
  );
}
