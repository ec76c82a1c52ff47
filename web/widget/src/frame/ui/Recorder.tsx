import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { playTime } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import { IconButton } from "./IconButton.tsx";

const LONGEST_MS = 300_000;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

/** Whether this browser records at all. */
export function records(): boolean {
  return typeof MediaRecorder !== "undefined" && !!navigator.mediaDevices;
}

type Props = { onDone: (file: File, ms: number) => void; onProblem: (text: string) => void; onBusy: (busy: boolean) => void };

/** Records until stopped; what comes of it is listened to before it is sent. */
export function Recorder({ onDone, onProblem, onBusy }: Props): VNode {
  const recorder = useRef<MediaRecorder | undefined>(undefined);
  const kept = useRef(true);
  const [since, setSince] = useState(0);
  const [now, setNow] = useState(0);

  const begin = async (): Promise<void> => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      recorder.current = record(stream, kept, onDone, () => (setSince(0), onBusy(false)));
      kept.current = true;
      setSince(Date.now());
      setNow(Date.now());
      onBusy(true);
    } catch (error) {
      onProblem(t(error instanceof DOMException && error.name === "NotAllowedError" ? "voice.denied" : "voice.failed"));
    }
  };
  const end = (keep: boolean): void => {
    kept.current = keep;
    recorder.current?.stop();
  };

  useEffect(() => {
    if (!since) return;
    const timer = setInterval(() => (Date.now() - since > LONGEST_MS ? end(true) : setNow(Date.now())), 500);
    return () => clearInterval(timer);
  }, [since]);
  useEffect(() => () => end(false), []);

  if (!since) return <IconButton icon="mic" name={t("voice.start")} onClick={() => void begin()} />;
  return (
    <div class="recording" role="group" aria-label={t("voice.start")}>
      <IconButton icon="trash" name={t("voice.cancel")} onClick={() => end(false)} />
      <span class="pulse" aria-hidden="true" />
      <span>{t("voice.recording", { time: playTime(now - since) })}</span>
      <IconButton primary icon="stop" name={t("voice.stop")} onClick={() => end(true)} />
    </div>
  );
}

function record(stream: MediaStream, kept: { current: boolean }, done: Props["onDone"], over: () => void): MediaRecorder {
  const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  const recorder = new MediaRecorder(stream, { mimeType });
  const parts: Blob[] = [];
  const begun = Date.now();
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.onstop = () => {
    for (const track of stream.getTracks()) track.stop();
    over();
    const type = recorder.mimeType.split(";")[0] || "audio/webm";
    const blob = new Blob(parts, { type });
    if (kept.current && blob.size > 0) done(new File([blob], `voice.${type.split("/")[1]}`, { type }), Date.now() - begun);
  };
  recorder.start(1000);
  return recorder;
}
