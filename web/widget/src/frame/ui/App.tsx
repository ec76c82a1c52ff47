import type { VNode } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { has, t } from "../i18n/index.ts";
import { Attachments } from "./attachments.ts";
import { Composer } from "./Composer.tsx";
import { doing } from "./doing.ts";
import { Form } from "./Form.tsx";
import { Header } from "./Header.tsx";
import { Line } from "./Line.tsx";
import { Log } from "./Log.tsx";
import { Trouble } from "./Trouble.tsx";
import { useChat, usePlace } from "./place.ts";

/** Header, conversation, and below it the one thing that can be done now. */
export function App(): VNode {
  const { close } = usePlace();
  const { mode, life } = useChat();
  useEffect(() => {
    if (mode !== "panel") return;
    const escape = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented) close();
    };
    document.addEventListener("keydown", escape);
    return () => document.removeEventListener("keydown", escape);
  }, [mode]);
  return (
    <main>
      <Header />
      <Line />
      <Log />
      <Bottom key={life} />
    </main>
  );
}

function Bottom(): VNode | null {
  const { session } = usePlace();
  const state = useChat();
  const { config } = state;
  const attachments = useAttachments();
  const skip = (): void => session.form([]);
  switch (doing(state)) {
    case "wait":
      return null;
    case "trouble": {
      const key = `problem.${state.problem}`;
      return <Trouble calm={state.problem !== "identity"} text={t(has(key) ? key : "problem.identity_required")} />;
    }
    case "offline":
      return (
        <Form
          message title={t("offline.title")} hint={config.offline.text || t("offline.hint")} go={t("offline.send")} fields={config.offline.fields}
          onDone={(values, text) => {
            session.form(values);
            session.write(text);
          }}
        />
      );
    case "introduce":
      return <Form title={t("form.title")} hint={t("form.hint")} go={t("form.go")} fields={config.prechat.fields} onDone={(values) => session.form(values)} onSkip={config.prechat.mode === "optional" ? skip : undefined} />;
    case "write":
      return <Composer attachments={attachments} />;
  }
}

/** They outlive the field: who must sign in again before writing finds them there afterwards. */
function useAttachments(): Attachments {
  const { session, base } = usePlace();
  const { lapsed } = useChat();
  const [, redraw] = useState(0);
  const attachments = useMemo(() => new Attachments(base, session, () => redraw((n) => n + 1), session.world.site), [base, session]);
  useEffect(() => attachments.anew(), [lapsed]);
  return attachments;
}
