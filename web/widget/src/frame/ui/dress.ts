import { ACCENT } from "../../shared/config.ts";
import { colour, textOn } from "../../shared/colour.ts";
import { mix, readable } from "../../shared/tint.ts";

/** The grounds on which accent-coloured text stands; the same values as in tokens.css. */
const LIGHT = { surface: "#ffffff", canvas: "#f3f5f7", dark: "#000000" };
const DARK = { surface: "#151d26", canvas: "#0e141b", bubble: "#1e2935" };

/** Puts the account's colour in, moved as far as WCAG asks in both themes. A style sheet of our own: the policy forbids style attributes. */
export function dress(wanted: string): void {
  const fill = colour(wanted, ACCENT);
  const out = { light: mix(LIGHT.surface, fill, 0.14), dark: mix(DARK.bubble, fill, 0.3) };
  const light = readable(fill, [LIGHT.surface, LIGHT.canvas, out.light], "#000000");
  const dark = readable(fill, [DARK.surface, DARK.canvas, DARK.bubble, out.dark], "#ffffff");
  // A fill must stand out from the ground as well: 3 to 1, whatever was chosen.
  const fills = { light: readable(fill, [LIGHT.surface], "#000000", 3), dark: readable(fill, [DARK.surface], "#ffffff", 3) };
  const rule = (fillOf: string, text: string, bubble: string): string =>
    `:root{--accent:${fillOf};--on-accent:${textOn(fillOf)};--accent-text:${text};--focus:${text};--bubble-out:${bubble}}`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`${rule(fills.light, light, out.light)}@media(prefers-color-scheme:dark){${rule(fills.dark, dark, out.dark)}}`);
  document.adoptedStyleSheets = [sheet];
}
