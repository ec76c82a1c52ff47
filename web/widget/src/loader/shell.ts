import { ACCENT, type Config } from "../shared/config.ts";
import { colour } from "../shared/colour.ts";
import css from "./style.css?inline";
import { WORDS } from "./words.ts";

const BUBBLE = "M4 6h20v13H11l-7 5z";
const DOWN = "M7 11l7 7 7-7";

/** The button, the panel and the frame's element, and how they look. Knows nothing of messages. */
export type Shell = {
  host: HTMLElement;
  button: HTMLButtonElement;
  panel: HTMLDivElement;
  frame: HTMLIFrameElement;
  open: () => boolean;
  phone: () => boolean;
  show: (open: boolean) => void;
  unread: (n: number) => void;
};

function make<K extends keyof HTMLElementTagNameMap>(name: K, within: Node, properties?: Partial<HTMLElementTagNameMap[K]>): HTMLElementTagNameMap[K] {
  return within.appendChild(Object.assign(document.createElement(name), properties));
}

function drawing(within: Node): SVGElement {
  const draw = (name: string, above: Node): SVGElement => above.appendChild(document.createElementNS("http://www.w3.org/2000/svg", name)) as SVGElement;
  return draw("path", draw("svg", within));
}

/**
 * Black where white would not be seen. Good enough for a drawing, which needs 3 to 1: at this luminance both have about 4.5, and the
 * simple exponent is off by less than that.
 */
function on(fill: string): string {
  const light = [0.21, 0.72, 0.07].reduce((sum, weight, index) => sum + weight * (parseInt(fill.slice(1 + index * 2, 3 + index * 2), 16) / 255) ** 2.2, 0);
  return light > 0.18 ? "#000" : "#fff";
}

/** Offsets are CSS pixels from the corner. */
function looks({ color, position, offset_x = 20, offset_y = 20 }: Partial<Config>): string {
  const fill = colour(color, ACCENT);
  return `:host{--fill:${fill};--on:${on(fill)};--y:${+offset_y || 0}px}button,div{${position === "left" ? position : "right"}:${+offset_x || 0}px}`;
}

export function shell(config: Partial<Config>, language: "ru" | "en", inline: boolean): Shell {
  const words = WORDS[language];
  const title = config.title || words.title;
  const host = document.createElement("okno-chat");
  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  const size = new CSSStyleSheet();
  const media = matchMedia("(max-width:480px),(max-height:440px)");
  const view = visualViewport as VisualViewport;
  const button = make("button", root);
  const panel = make("div", root, { id: "p", role: "dialog", ariaLabel: title });
  const frame = make("iframe", panel, { allow: "microphone", title });
  const path = drawing(button);
  const badge = make("b", button);
  let unread = 0;
  let modal = false;

  const open = (): boolean => !panel.hidden;
  const phone = (): boolean => media.matches && !inline;

  /** On phones the panel ends where the keyboard begins. */
  const fit = (): void => size.replaceSync(view.scale === 1 ? `:host{--tall:${view.height}px;--top:${view.offsetTop}px}` : "");

  const show = (opened: boolean): void => {
    panel.hidden = !opened;
    panel.className = inline ? "inline" : phone() ? "phone" : "";
    // A full screen is modal: nothing behind it can be reached. Beside a page the chat traps nobody.
    if (modal !== (opened && phone())) document.body.inert = modal = !modal;
    panel.ariaModal = `${modal}`;
    button.ariaExpanded = `${opened}`;
    button.hidden = inline || modal;
    path.setAttribute("d", opened ? DOWN : BUBBLE);
    fit();
    count(unread);
  };

  const count = (n: number): void => {
    unread = n;
    badge.hidden = open() || n < 1;
    badge.textContent = n > 9 ? "9+" : `${n}`;
    button.ariaLabel = open() ? words.close : words.open + (n > 0 ? `, ${words.unread}: ${n}` : "");
  };

  sheet.replaceSync(css + looks(config));
  root.adoptedStyleSheets = [sheet, size];
  button.setAttribute("aria-controls", "p");
  host.lang = language;
  media.onchange = () => show(open());
  view.onresize = fit;
  show(false);
  return { host, button, panel, frame, open, phone, show, unread: count };
}
