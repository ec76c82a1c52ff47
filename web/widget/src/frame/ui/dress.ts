import { ACCENT } from "../../shared/config.ts";
import { colour, textOn } from "../../shared/colour.ts";
import { themes, type Theme } from "../../shared/tint.ts";

/** Puts the account's colour in, moved as far as WCAG asks in both themes. A style sheet of our own: the policy forbids style attributes. */
export function dress(wanted: string): void {
  const fill = colour(wanted, ACCENT);
  const { light, dark } = themes(fill);
  const rule = ({ text, bubble }: Theme): string => `:root{--accent:${fill};--on-accent:${textOn(fill)};--accent-text:${text};--focus:${text};--bubble-out:${bubble}}`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`${rule(light)}@media(prefers-color-scheme:dark){${rule(dark)}}`);
  document.adoptedStyleSheets = [sheet];
}
