import { useCallback, useEffect, useState } from "react";

export const BARS = 40;
/** A quarter of the height for all: nothing is known of the sound yet. */
const FLAT: readonly number[] = Array.from({ length: BARS }, () => 0.25);
const AT_MOST_BYTES = 4 * 1024 * 1024;
const KEPT = 100;

const known = new Map<string, readonly number[]>();

/** The shape of a sound, 0..1 per bar: flat until someone wants to hear it, then read from its bytes once. */
export function useWaveform(url: string): { bars: readonly number[]; read: () => void } {
  const [bars, setBars] = useState(known.get(url) ?? FLAT);
  useEffect(() => setBars(known.get(url) ?? FLAT), [url]);
  const read = useCallback(() => {
    if (known.has(url)) return;
    known.set(url, FLAT);
    if (known.size > KEPT) known.delete(known.keys().next().value ?? "");
    void shapeOf(url).then((shape) => {
      known.set(url, shape);
      setBars(shape);
    });
  }, [url]);
  return { bars, read };
}

async function shapeOf(url: string): Promise<readonly number[]> {
  try {
    const answer = await fetch(url);
    const bytes = await answer.arrayBuffer();
    if (!answer.ok || bytes.byteLength > AT_MOST_BYTES) return FLAT;
    // The rate is low on purpose: forty bars need no more.
    const context = new OfflineAudioContext(1, 1, 8_000);
    return barsOf((await context.decodeAudioData(bytes)).getChannelData(0));
  } catch {
    return FLAT;
  }
}

/** The loudest sample of each stretch, against the loudest of all. */
export function barsOf(samples: Float32Array): number[] {
  const stretch = Math.max(1, Math.floor(samples.length / BARS));
  const peaks = Array.from({ length: BARS }, (_, bar) => {
    let peak = 0;
    for (let index = bar * stretch; index < Math.min(samples.length, (bar + 1) * stretch); index += 1) peak = Math.max(peak, Math.abs(samples[index] ?? 0));
    return peak;
  });
  const loudest = Math.max(...peaks);
  return loudest > 0 ? peaks.map((peak) => peak / loudest) : [...FLAT];
}
