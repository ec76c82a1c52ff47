import { Button } from "@mantine/core";
import { IconPlayerStopFilled, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { Conversation } from "../../../gen/okno/inbox/v1/conversation_pb.ts";
import { playTime } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { usePreference } from "../../../rpc/preferences.ts";
import { announce } from "../../../ui/Announcer.tsx";
import { IconButton } from "../../../ui/IconButton.tsx";
import { VoicePlayer } from "../thread/VoicePlayer.tsx";
import css from "./VoiceRecorder.module.css";
import { undoSeconds } from "./send.ts";
import { keepVoice, sendVoice } from "./voice/send.ts";
import { type NoRecorder, record, type Recorder, type Recording } from "./voice/recorder.ts";

const AT_MOST_MS = 10 * 60_000;

type State = { step: "asking" } | { step: "recording"; since: number } | { step: "making" } | { step: "listening"; recording: Recording; url: string } | { step: "failed"; why: NoRecorder | "broken" };

/** Records, lets one listen, and sends only then. What was recorded outlives leaving the conversation: as a file of its draft. */
export function VoiceRecorder({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  useT();
  const { conversationId } = conversation;
  const delaySeconds = undoSeconds(usePreference("undo_seconds"));
  const [state, setState] = useState<State>({ step: "asking" });
  const [attempt, setAttempt] = useState(0);
  const recorder = useRef<Recorder>(undefined);
  const unsent = useRef<Recording>(undefined);
  const stopButton = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    let gone = false;
    record().then(
      (made) => {
        if (gone) return made.drop();
        recorder.current = made;
        setState({ step: "recording", since: performance.now() });
        announce(t("voice.recording"));
      },
      (why: unknown) => !gone && setState({ step: "failed", why: typeof why === "string" ? (why as NoRecorder) : "broken" }),
    );
    return () => {
      gone = true;
      recorder.current?.drop();
      recorder.current = undefined;
    };
  }, [attempt]);
  useEffect(() => () => (unsent.current ? keepVoice(conversationId, unsent.current) : undefined), [conversationId]);
  useEffect(() => stopButton.current?.focus(), [state.step]);

  const stop = async (): Promise<void> => {
    const running = recorder.current;
    recorder.current = undefined;
    if (!running) return;
    setState({ step: "making" });
    try {
      const recording = await running.stop();
      unsent.current = recording;
      setState({ step: "listening", recording, url: URL.createObjectURL(recording.file) });
    } catch {
      setState({ step: "failed", why: "broken" });
    }
  };
  const forget = (): void => {
    unsent.current = undefined;
    if (state.step === "listening") URL.revokeObjectURL(state.url);
  };
  const again = (): void => {
    forget();
    setState({ step: "asking" });
    setAttempt(attempt + 1);
  };
  const leave = (): void => {
    forget();
    onClose();
    document.getElementById("composer")?.focus();
  };
  const send = (): void => {
    const recording = unsent.current;
    unsent.current = undefined;
    if (recording) sendVoice(conversationId, recording, delaySeconds);
    onClose();
  };

  return (
    <div
      className={css.bar}
      role="group"
      aria-label={t("composer.voice")}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        leave();
      }}
    >
      <IconButton label={state.step === "failed" ? t("action.close") : t("voice.drop")} onClick={leave}>
        <IconTrash size={20} stroke={1.75} aria-hidden="true" />
      </IconButton>
      {state.step === "asking" && <span className={css.words}>{t("voice.asking")}</span>}
      {state.step === "making" && <span className={css.words}>{t("voice.making")}</span>}
      {state.step === "failed" && (
        <span className={css.words} role="alert">
          {t(`voice.${state.why}`)}
        </span>
      )}
      {state.step === "recording" && (
        <>
          <Running since={state.since} onFull={() => void stop()} />
          <button ref={stopButton} type="button" className={css.stop} aria-label={t("voice.stop")} onClick={() => void stop()}>
            <IconPlayerStopFilled size={16} aria-hidden="true" />
          </button>
        </>
      )}
      {state.step === "listening" && (
        <>
          <VoicePlayer url={state.url} durationMs={state.recording.durationMs} label={t("voice.listen")} />
          <IconButton label={t("voice.again")} onClick={again}>
            <IconRefresh size={20} stroke={1.75} aria-hidden="true" />
          </IconButton>
          <span className={css.spacer} />
          <Button ref={stopButton} onClick={send}>
            {t("composer.send")}
          </Button>
        </>
      )}
    </div>
  );
}

/** How long it runs; for the eye only, the end is announced by what follows. */
function Running({ since, onFull }: { since: number; onFull: () => void }) {
  const [now, setNow] = useState(since);
  const full = now - since >= AT_MOST_MS;
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (full) onFull();
  });
  return (
    <span className={css.running}>
      <span className={css.dot} aria-hidden="true" />
      {t("voice.recording")}
      <span className={css.time} aria-hidden="true">
        {playTime(now - since)}
      </span>
    </span>
  );
}
