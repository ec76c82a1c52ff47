import "./shop.css";
import { PRICES, TEXTS, type Id } from "./texts.ts";

type Child = Node | string;
type Chat = { (...call: unknown[]): void; q?: unknown[] };

const SVG = "http://www.w3.org/2000/svg";
const IDS = Object.keys(PRICES) as Id[];
const language = storedLanguage() ?? (navigator.language.startsWith("ru") ? "ru" : "en");
const words = TEXTS[language];
const money = new Intl.NumberFormat(language === "ru" ? "ru-RU" : "en-GB", { style: "currency", currency: "RUB", currencyDisplay: "narrowSymbol", maximumFractionDigits: 0 });
const cart = new Set<Id>();
const shop = document.getElementById("shop") as HTMLElement;

function el<K extends keyof HTMLElementTagNameMap>(name: K, properties: Partial<HTMLElementTagNameMap[K]>, ...children: Child[]): HTMLElementTagNameMap[K] {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function storedLanguage(): "ru" | "en" | undefined {
  try {
    const stored = localStorage.getItem("okno-demo.language");
    return stored === "ru" || stored === "en" ? stored : undefined;
  } catch {
    return undefined;
  }
}

function drawing(id: Id): Element {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `drawing ${id}`);
  svg.setAttribute("viewBox", "0 0 200 160");
  svg.setAttribute("aria-hidden", "true");
  const use = svg.appendChild(document.createElementNS(SVG, "use"));
  use.setAttribute("href", `#${id}`);
  return svg;
}

function header(): HTMLElement {
  const other = language === "ru" ? "en" : "ru";
  const change = el("button", { type: "button", className: "plain", lang: other, textContent: words.language });
  change.onclick = () => {
    try {
      localStorage.setItem("okno-demo.language", other);
    } catch {
      // Closed: the language stays the browser's.
    }
    location.reload();
  };
  const count = el("span", { className: "cart", role: "status" }, `${words.cart}: ${cart.size}`);
  return el("header", {}, el("a", { className: "brand", href: "#/" }, words.title), el("nav", {}, el("a", { href: "#/" }, words.all), count, change));
}

function explanation(): HTMLElement {
  const text = el("p", { id: "demo" }, `${words.demo} `, el("a", { href: "/inbox", target: "_blank", rel: "noopener" }, words.inbox));
  return el("aside", { ariaLabel: words.title }, text);
}

function card(id: Id): HTMLElement {
  const { name, line } = words.goods[id];
  return el("li", {}, el("a", { href: `#/${id}` }, el("span", { className: "tile" }, drawing(id)), el("b", {}, name), el("span", { className: "line" }, line), el("span", { className: "price" }, money.format(PRICES[id]))));
}

function catalogue(): HTMLElement {
  return el("main", {}, el("h1", {}, words.lead), el("p", { className: "line" }, words.delivery), el("ul", { className: "goods" }, ...IDS.map(card)));
}

function product(id: Id): HTMLElement {
  const { name, line, about, facts } = words.goods[id];
  const buy = el("button", { type: "button", className: "buy", textContent: cart.has(id) ? words.bought : words.buy });
  buy.onclick = () => {
    cart.add(id);
    show();
  };
  const ask = el("button", { type: "button", className: "ask", textContent: words.ask });
  ask.dataset["oknoOpen"] = "";
  const text = el(
    "div", {}, el("h1", {}, name), el("p", { className: "line" }, line), el("p", { className: "price" }, money.format(PRICES[id])), el("p", {}, about),
    el("ul", { className: "facts" }, ...facts.map((fact) => el("li", {}, fact))), el("p", { className: "actions" }, buy, ask), el("p", { className: "line" }, words.delivery),
  );
  return el("main", {}, el("a", { href: "#/", className: "back" }, `← ${words.back}`), el("div", { className: "product" }, el("div", { className: "tile large" }, drawing(id)), text));
}

function show(): void {
  const route = location.hash.replace(/^#\/?/, "");
  if (route === "okno") return;
  const id = IDS.find((one) => one === route);
  document.title = id ? `${words.goods[id].name} · ${words.title}` : words.title;
  const main = id ? product(id) : route ? el("main", {}, el("h1", {}, words.missing), el("a", { href: "#/" }, words.back)) : catalogue();
  shop.replaceChildren(explanation(), header(), main);
}

/** The chat is embedded as any site would: the stub, then the loader's script. Where there is none the page says why. */
async function chat(): Promise<void> {
  const answer = await fetch("chat.json", { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) return without(answer.status === 404 ? words.off : words.later);
  const { loader, account } = (await answer.json()) as { loader: string; account: string };
  const place = window as unknown as { OknoChat?: Chat };
  const stub: Chat = (...call) => (stub.q = stub.q ?? []).push(call);
  place.OknoChat ??= stub;
  place.OknoChat("init", { site: account, lang: language });
  document.head.append(el("script", { async: true, src: loader }));
}

function without(why: string): void {
  document.getElementById("demo")?.replaceChildren(why);
}

document.documentElement.lang = language;
addEventListener("hashchange", () => {
  show();
  scrollTo(0, 0);
});
show();
chat().catch(() => without(words.later));
