import { IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { playTime } from "../../../i18n/format.ts";
import { t, useT } from "../../../i18n/index.ts";
import { toast } from "../../../ui/toasts.ts";
import { startPlaying, stopPlaying } from "./playing.ts";
import css from "./VoicePlayer.module.css";
import { BARS, useWaveform } from "./waveform.ts";

const SPEEDS = [1, 1.5, 2] as const;
const STEP_S = 3;
let lastSpeed: (typeof SPEEDS)[number] = 1;

type Props = { url: string; durationMs: number; label: string };

/** A voice message: its shape, its length, how fast. Arrows seek, space plays. One plays at a time. */
export function VoicePlayer({ url, durationMs, label }: Props) {
  useT();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(durationMs / 1000);
  const [speed, setSpeed] = useState(lastSpeed);
  const { bars, read } = useWaveform(url);
  useEffect(() => {
    const player = audio.current;
    return () => (player ? stopPlaying(player) : undefined);
  }, []);

  const toggle = async (): Promise<void> => {
    const player = audio.current;
    if (!player) return;
    if (playing) return player.pause();
    read();
    startPlaying(player);
    player.playbackRate = speed;
    await player.play().catch(() => toast(t("voice.cannotPlay"), { error: true }));
  };
  const seek = (to: number): void => {
    const player = audio.current;
    if (!player || !length) return;
    player.currentTime = Math.max(0, Math.min(length, to));
    setAt(player.currentTime);
  };
  const faster = (): void => {
    lastSpeed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1;
    setSpeed(lastSpeed);
    if (audio.current) audio.current.playbackRate = lastSpeed;
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const to = { ArrowLeft: at - STEP_S, ArrowRight: at + STEP_S, Home: 0, End: length }[event.key];
    if (to !== undefined) seek(to);
    else if (event.key === " " || event.key === "Enter") void toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const part = length > 0 ? at / length : 0;
  return (
    <div className={css.player} role="group" aria-label={label} onPointerEnter={read} onFocus={read}>
      <audio
        ref={audio}
        src={url}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setAt(0)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onDurationChange={(event) => Number.isFinite(event.currentTarget.duration) && setLength(event.currentTarget.duration)}
      />
      <button type="button" className={css.play} aria-label={playing ? t("voice.pause") : t("voice.play")} onClick={() => void toggle()}>
        {playing ? <IconPlayerPauseFilled size={16} aria-hidden="true" /> : <IconPlayerPlayFilled size={16} aria-hidden="true" />}
      </button>
      <div
        className={css.wave}
        role="slider"
        tabIndex={0}
        aria-label={t("voice.position")}
        aria-valuemin={0}
        aria-valuemax={Math.round(length)}
        aria-valuenow={Math.round(at)}
        aria-valuetext={t("voice.at", { at: playTime(at * 1000), length: playTime(length * 1000) })}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          seek(((event.clientX - left) / width) * length);
        }}
      >
        <svg viewBox={`0 0 ${BARS * 3} 24`} preserveAspectRatio="none" aria-hidden="true">
          {bars.map((height, index) => (
            <rect key={index} x={index * 3} width={2} y={12 - height * 11} height={Math.max(2, height * 22)} rx={1} data-played={index / BARS < part || undefined} />
          ))}
        </svg>
      </div>
      <span className={css.time}>{playTime((playing || at > 0 ? at : length) * 1000)}</span>
      <button type="button" className={css.speed} aria-label={t("voice.speed", { speed: String(speed).replace(".", ",") })} onClick={faster}>
        {String(speed).replace(".", ",")}×
      </button>
    </div>
  );
}
