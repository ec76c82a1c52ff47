import { readdirSync, readFileSync } from "node:fs";

const CORPUS = new URL("../../../crates/letter/tests/corpus/", import.meta.url);

/** Letters that want to run, or to tell that they are read: as they come, for the frame must hold without the server's help. */
export function hostileLetters(tracker: string): string[] {
  const own = VECTORS.map((vector) => vector.replaceAll("TRACKER", tracker));
  // The bodies of the server's own corpus, whatever stands around the markup.
  const corpus = readdirSync(CORPUS).filter((name) => name.startsWith("xss-"));
  return [...own, ...corpus.map((name) => readFileSync(new URL(name, CORPUS), "utf8").replace(/^[\s\S]*?\r?\n\r?\n/u, "").replaceAll(/https?:\/\/[a-z.-]*example\b/giu, tracker))];
}

const VECTORS: readonly string[] = [
  `<script>ran=1;parent.ran=1;top.ran=1</script><script src="TRACKER/s.js"></script>`,
  `<img src=x onerror="ran=1;parent.ran=1"><svg onload="parent.ran=1"><body onload="parent.ran=1"><details open ontoggle="parent.ran=1"><video onloadstart="parent.ran=1"><source onerror="parent.ran=1"></video>`,
  `<iframe srcdoc="<script>top.ran=1</script>"></iframe><iframe src="javascript:top.ran=1"></iframe><iframe src="TRACKER/frame"></iframe><object data="TRACKER/o"></object><embed src="TRACKER/e">`,
  `<meta http-equiv="refresh" content="0;url=TRACKER/refresh"><base href="TRACKER/"><img src="relative.png">`,
  `<link rel="stylesheet" href="TRACKER/l.css"><link rel="preload" as="image" href="TRACKER/p"><link rel="prefetch" href="TRACKER/f"><link rel="preconnect" href="TRACKER"><link rel="dns-prefetch" href="TRACKER"><link rel="icon" href="TRACKER/i.ico">`,
  `<style>@import "TRACKER/i.css";@font-face{font-family:t;src:url(TRACKER/t.woff2)}body{background:url(TRACKER/b.png);font-family:t}</style>text`,
  `<p style="background:url(TRACKER/s.png);list-style-image:url('TRACKER/l.png');border-image:url(TRACKER/b.png) 1;cursor:url(TRACKER/c.cur),auto;content:url(TRACKER/n.png)">styled</p><ul style="list-style:url(TRACKER/u.png)"><li>a</ul>`,
  `<img src="TRACKER/1.gif" width="1" height="1"><img srcset="TRACKER/2.gif 1x, TRACKER/3.gif 2x"><picture><source srcset="TRACKER/4.webp"><img src="TRACKER/5.gif"></picture><img src="//TRACKER/6.gif"><input type="image" src="TRACKER/7.gif">`,
  `<table background="TRACKER/t.png"><tr><td background="TRACKER/d.png">a</table><body background="TRACKER/b.png"><video src="TRACKER/v.mp4" poster="TRACKER/v.png" autoplay></video><audio src="TRACKER/a.mp3" autoplay></audio><track src="TRACKER/t.vtt">`,
  `<svg><image href="TRACKER/i.svg"/><use href="TRACKER/u.svg#a"/><script>top.ran=1</script><style>@import "TRACKER/z.css"</style></svg><math><mtext><img src=x onerror="top.ran=1"></mtext></math>`,
  `<form action="TRACKER/form" id="f"><input autofocus onfocus="top.ran=1"><button formaction="javascript:top.ran=1">a</button></form><a href="javascript:top.ran=1" autofocus>link</a><a href="TRACKER/link" ping="TRACKER/ping">link</a>`,
  `<noscript><p title="</noscript><img src=x onerror=top.ran=1>"></noscript><template><img src=x onerror=top.ran=1></template><math><mi//xlink:href="data:x,<script>top.ran=1</script>">`,
  `<div style="position:fixed;inset:0;z-index:99999;background:red">over everything</div><a href="#place">place</a><i id="place">x</i>`,
  `<img data-src="TRACKER/later.png" alt="later" width="200" height="80"><img data-src="TRACKER/pixel.gif" width="1" height="1">`,
];
