import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { playTime } from "../i18n/format.ts";
import { t } from "../i18n/index.ts";
import { IconButton } from "./IconButton.tsx";

/** Plays a recording. The browser's own controls do not fit into a bubble and look different in each. */
export function Player({ address, name, ms = 0, onLost }: { address: string; name: string; ms?: number; onLost?: () => void }): VNode {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(ms / 1000);

  // A recording of the browser's own does not know its length until it has been played.
  const learn = (): void => {
    const known = audio.current?.duration ?? 0;
    if (Number.isFinite(known) && known > 0) setLength(known);
  };
  const toggle = (): void => {
    const player = audio.current;
    if (!player) return;
    if (player.paused) player.play().catch(() => setPlaying(false));
    else player.pause();
  };
  return (
    <div class="player" role="group" aria-label={name}>
      <audio
        ref={audio} src={address} preload="metadata" onPlay={() => setPlaying(true)} onPause={() => setPlaying(false)} onEnded={() => setAt(0)}
        onLoadedMetadata={learn} onDurationChange={learn} onError={onLost} onTimeUpdate={() => setAt(audio.current?.currentTime ?? 0)}
      />
      <IconButton small icon={playing ? "pause" : "play"} name={t(playing ? "voice.pause" : "voice.play")} onClick={toggle} />
      <input
        type="range" min="0" max={String(Math.max(length, 0.1))} step="0.1" value={at} aria-label={t("voice.position")} aria-valuetext={playTime(at * 1000)}
        onInput={({ currentTarget }) => audio.current && (audio.current.currentTime = Number(currentTarget.value))}
      />
      <small>{playTime((playing || at > 0 ? at : length) * 1000)}</small>
    </div>
  );
}
