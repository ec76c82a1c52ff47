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

/** `ground` with as much of `colour` as leaves `texts` readable on it, `share` at most. */
export function tinted(ground: string, colour: string, share: number, texts: readonly string[]): string {
  const made = mix(ground, colour, share);
  return share <= 0 || texts.every((text) => contrast(text, made) >= 4.5) ? made : tinted(ground, colour, share - 0.02, texts);
}

/** `share` of `b` in `a`, 0 to 1. */
export function mix(a: string, b: string, share: number): string {
  const channel = (at: number): string => {
    const [from, to] = [a, b].map((hex) => parseInt(hex.slice(at, at + 2), 16)) as [number, number];
    return Math.round(from + (to - from) * share).toString(16).padStart(2, "0");
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

/** The grounds of the chat in both themes, and the texts on them; the same values as in tokens.css. */
const LIGHT = { surface: "#ffffff", canvas: "#f3f5f7", texts: ["#16202b", "#465564"] };
const DARK = { surface: "#151d26", canvas: "#0e141b", bubble: "#1e2935", texts: ["#e7ecf2", "#aab6c3"] };

/** A theme made of an account's colour: the bubble of the visitor, and the colour for text and focus. Fills keep the colour: what stands on them is read. */
export type Theme = { bubble: string; text: string; grounds: string[]; texts: string[] };

export function themes(colour: string): { light: Theme; dark: Theme } {
  const light = tinted(LIGHT.surface, colour, 0.14, LIGHT.texts);
  const dark = tinted(DARK.bubble, colour, 0.3, DARK.texts);
  const lights = [LIGHT.surface, LIGHT.canvas, light];
  const darks = [DARK.surface, DARK.canvas, DARK.bubble, dark];
  return {
    light: { bubble: light, text: readable(colour, lights, "#000000"), grounds: lights, texts: LIGHT.texts },
    dark: { bubble: dark, text: readable(colour, darks, "#ffffff"), grounds: darks, texts: DARK.texts },
  };
}
