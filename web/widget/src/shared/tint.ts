import { luminance } from "./colour.ts";

/** The WCAG ratio of two colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** `colour` moved towards `end` until it has at least `least` against every one of `grounds`. */
export function readable(colour: string, grounds: readonly string[], end: string, least = 4.5): string {
  for (let share = 0; share <= 1; share += 0.05) {
    const tried = mix(colour, end, share);
    if (grounds.every((ground) => contrast(tried, ground) >= least)) return tried;
  }
  return end;
}

/** `share` of `b` in `a`, 0 to 1. */
export function mix(a: string, b: string, share: number): string {
  const channel = (at: number): string => {
    const [from, to] = [a, b].map((hex) => parseInt(hex.slice(at, at + 2), 16)) as [number, number];
    return Math.round(from + (to - from) * share).toString(16).padStart(2, "0");
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}
