/** Short tones, made and not loaded: frequency in hertz, begin and length in seconds. */
type Note = readonly [hz: number, at: number, lasts: number];

const TONES = {
  drop: [[880, 0, 0.09], [587, 0.1, 0.16]],
  bell: [[1047, 0, 0.35], [2093, 0, 0.2]],
  chime: [[659, 0, 0.14], [784, 0.13, 0.14], [988, 0.26, 0.24]],
  knock: [[196, 0, 0.06], [196, 0.14, 0.06]],
  none: [],
} as const satisfies Record<string, readonly Note[]>;

export type ToneName = keyof typeof TONES;
export const TONE_NAMES = Object.keys(TONES) as ToneName[];

export function isTone(value: unknown): value is ToneName {
  return typeof value === "string" && value in TONES;
}

const ATTACK_S = 0.012;
const LOUDEST = 0.5;

let context: AudioContext | undefined;

/** Browsers let a page sound only after its reader has touched it: called on such a touch. */
export function wakeSound(): void {
  try {
    context ??= new AudioContext();
    void context.resume();
  } catch {
    // No sound device or no Web Audio: notifications stay silent.
  }
}

/** Plays a tone at 0..100; false when this tab may not sound. */
export function play(name: ToneName, volume: number): boolean {
  if (!context || context.state !== "running") return false;
  const start = context.currentTime + 0.01;
  for (const note of TONES[name]) strike(context, note, start, (volume / 100) ** 2 * LOUDEST);
  return true;
}

/** A sine that fades, so that it neither clicks nor startles. */
function strike(audio: AudioContext, [hz, at, lasts]: Note, start: number, loud: number): void {
  if (loud <= 0) return;
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = hz;
  gain.gain.setValueAtTime(0, start + at);
  gain.gain.linearRampToValueAtTime(loud, start + at + ATTACK_S);
  gain.gain.exponentialRampToValueAtTime(loud / 1000, start + at + lasts);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start + at);
  oscillator.stop(start + at + lasts);
}
