import { expect, test } from "vitest";
import { account, reply, visitor, world } from "./world.ts";
import { log, openChat, openSite, profile, say, useBrowser } from "./page.ts";

useBrowser();

const HARM = [
  "<script>hurt()</script>",
  "<img src=x onerror=hurt()>",
  "\"><svg onload=hurt()>",
  "<iframe srcdoc='<script>parent.hurt()</script>'></iframe>",
  "javascript:hurt()",
  "<a href=\"javascript:hurt()\">нажми</a>",
  "https://x.example.ru/\"onmouseover=\"hurt()",
  "{{constructor.constructor('hurt()')()}}",
  "${hurt()}",
  "<style>*{display:none}</style>",
  "<math><mtext></mtext><mglyph><svg><mtext><textarea><a title=\"</textarea><img src onerror=hurt()>\">",
  "\u202Egnp.exe",
  "&lt;script&gt;hurt()&lt;/script&gt;",
];

test.runIf(world.mock)("whatever stands in texts, names, titles and files is text", async () => {
  const greeting = HARM.join(" ");
  const site = await account({ title: HARM[1], greeting });
  const context = await profile();
  await context.addInitScript(() => Object.assign(globalThis, { hurt: () => Object.assign(globalThis, { hurtDone: true }) }));
  const page = await openSite(context, site);
  const frame = await openChat(page);
  await say(frame, HARM[0] ?? "");
  for (const [index, text] of HARM.entries()) {
    await reply(site, text, {
      author: text,
      files: [{ id: `${index}`, kind: "document", name: text, mime: "text/html", size: 1, url: index % 2 ? "javascript:hurt()" : "https://evil.example.com/x" }],
      buttons: [[{ title: text, url: "javascript:hurt()" }, { title: text, data: text }]],
      spans: [{ style: "link", offset: 0, length: 5, url: "javascript:hurt()" }, { style: text, offset: 1, length: 3 }],
      form: [{ name: text, title: text, value: text }],
    });
  }
  await reply(site, "А это ссылка: https://shop.example.ru/\"onmouseover=\"hurt()");
  await expect.poll(async () => log(frame).getByRole("article").count()).toBe(HARM.length + 2);
  const found = await frame.evaluate(() => ({
    elements: document.querySelectorAll("script:not([src]), iframe, object, embed, style, #root [onerror], #root [onload], [onmouseover], #root [style]").length,
    hrefs: [...document.querySelectorAll<HTMLAnchorElement>("a[href]")].map(({ protocol, rel }) => [protocol, rel.includes("noopener")].join()),
    sources: [...document.querySelectorAll("#root [src]")].length,
  }));
  expect(found.elements).toBe(0);
  expect(new Set(found.hrefs)).toEqual(new Set(["https:,true"]));
  expect(found.sources).toBe(0);
  for (const text of HARM) expect(await log(frame).innerText()).toContain(text.replaceAll(/\s+/g, " ").slice(0, 12));
  for (const link of await frame.getByRole("button", { name: "<script>" }).all()) await link.click();
  await expect.poll(async () => (await visitor(site))?.presses.length).toBeGreaterThan(0);
  for (const one of page.frames()) expect(await one.evaluate(() => "hurtDone" in globalThis)).toBe(false);
  await context.close();
});
