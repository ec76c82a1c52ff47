import css from "./banner.css?inline";
import { WORDS } from "./words.ts";

type Asked = { language: "ru" | "en"; text?: string; policy?: string; left: boolean; forms: boolean };

/** Asks beside the page, stops nobody, and goes with the answer. */
export function ask({ language, text, policy, left, forms }: Asked, answer: (agrees: boolean) => void): () => void {
  const words = WORDS[language];
  const host = document.createElement("okno-consent");
  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  host.lang = language;
  const box = Object.assign(document.createElement("section"), { ariaLabel: words.name, className: left ? "left" : "" });
  const said = Object.assign(document.createElement("p"), { textContent: text || (forms ? words.forms : words.text) });
  box.append(said);
  // A broken setting must not become a script.
  if (policy && /^https?:/.test(policy)) {
    const link = Object.assign(document.createElement("a"), { href: policy, target: "_blank", rel: "noopener", textContent: words.policy });
    said.append(" ", link);
  }
  const close = (): void => host.remove();
  const button = (title: string, agrees: boolean): HTMLButtonElement =>
    Object.assign(document.createElement("button"), {
      textContent: title,
      type: "button",
      onclick: () => {
        close();
        answer(agrees);
      },
    });
  const row = document.createElement("div");
  row.append(button(words.yes, true), button(words.no, false));
  box.append(row);
  root.append(box);
  document.documentElement.append(host);
  return close;
}
