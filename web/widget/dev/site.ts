import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { send, typeOf } from "./http.ts";

/** The gateway is gone, and is back: said to the site, which stays. `POST /gateway/down`, `/gateway/up`. */
export type Power = { down: () => void; up: () => Promise<void> };

/** A customer's site on an origin of its own, as strict as can be, and the demo shop as the edge serves it. */
export function site(dist: string, gateway: () => string, account: () => string, power?: Power): Server {
  return createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://site");
    const at = gateway();
    const policy = `default-src 'none'; script-src 'self' ${at}; style-src 'self'; connect-src 'self' ${at}; frame-src ${at}; img-src 'self' data:; base-uri 'none'; form-action 'none'`;
    const page = (html: string): void => send(response, 200, html, { "content-type": typeOf(".html"), "content-security-policy": pathname === "/" ? `${policy}; require-trusted-types-for 'script'` : policy });
    if (pathname === "/demo/chat.json") return send(response, 200, JSON.stringify({ loader: `${at}/webchat/okno.js`, account: account() }), { "content-type": typeOf(".json") });
    if (power && (pathname === "/gateway/down" || pathname === "/gateway/up")) {
      return void Promise.resolve(pathname.endsWith("up") ? power.up() : power.down()).then(() => send(response, 204, ""), (error: unknown) => send(response, 500, String(error)));
    }
    if (pathname.startsWith("/demo")) {
      const file = `${dist}/demo/${pathname.split("/")[2] || "index.html"}`;
      if (!existsSync(file)) return send(response, 404, "");
      return file.endsWith(".html") ? page(readFileSync(file, "utf8")) : send(response, 200, readFileSync(file), { "content-type": typeOf(file) });
    }
    if (pathname === "/init.js") return send(response, 200, initScript(searchParams.get("options") ?? "{}"), { "content-type": typeOf(".js") });
    if (pathname === "/site.css") return send(response, 200, STYLE, { "content-type": typeOf(".css") });
    page(sitePage(at, searchParams.get("options") ?? "{}"));
  });
}

const STYLE = "body{font:16px/1.5 system-ui,sans-serif;margin:40px auto;max-width:720px;padding:0 16px;background:#fff;color:#222}#place{height:520px}@media(prefers-color-scheme:dark){body{background:#1b1b1f;color:#ddd}a{color:#8ab4ff}}";

function initScript(options: string): string {
  return `window.OknoChat = window.OknoChat || function () { (OknoChat.q = OknoChat.q || []).push(arguments); };
window.heard = [];
for (const name of ["ready","open","close","message","unread","started","identified","form","error"]) OknoChat("on", name, (detail) => heard.push([name, detail]));
window.mirrored = [];
addEventListener("okno:open", () => mirrored.push("open"));
OknoChat("init", ${options.replaceAll("<", "\\u003c")});`;
}

function sitePage(gateway: string, options: string): string {
  return `<!doctype html><html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Сайт</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/site.css">
<script src="/init.js?options=${encodeURIComponent(options)}"></script><script async src="${gateway}/webchat/okno.js"></script></head>
<body><main><h1>Сайт клиента</h1><p>Текст страницы и <a href="#somewhere">ссылка</a>.</p><button type="button" data-okno-open>Написать нам</button><div id="place"></div></main></body></html>`;
}
