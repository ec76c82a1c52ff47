let current: HTMLMediaElement | undefined;

/** One plays at a time: whoever begins stops the one before. */
export function startPlaying(player: HTMLMediaElement): void {
  if (current && current !== player) current.pause();
  current = player;
}

export function stopPlaying(player: HTMLMediaElement): void {
  player.pause();
  if (current === player) current = undefined;
}
