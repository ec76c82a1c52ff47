const BROWSERS: readonly [RegExp, string][] = [
  [/YaBrowser\/(\d+)/u, "Yandex Browser"],
  [/Edg(?:e|A|iOS)?\/(\d+)/u, "Edge"],
  [/OPR\/(\d+)/u, "Opera"],
  [/(?:Firefox|FxiOS)\/(\d+)/u, "Firefox"],
  [/(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/u, "Chrome"],
  [/Version\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari/u, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/Windows/u, "Windows"],
  [/iPhone|iPad/u, "iOS"],
  [/Android/u, "Android"],
  [/Mac OS X|Macintosh/u, "macOS"],
  [/CrOS/u, "ChromeOS"],
  [/Linux/u, "Linux"],
];

/** "Firefox 150 · Windows" of a user agent; what is known of it, and the whole where nothing is. */
export function deviceName(userAgent: string): string {
  const browser = BROWSERS.map(([what, name]) => [what.exec(userAgent)?.[1], name] as const).find(([version]) => version);
  const system = SYSTEMS.find(([what]) => what.test(userAgent))?.[1];
  const known = [browser && `${browser[1]} ${browser[0]}`, system].filter(Boolean).join(" · ");
  return known || userAgent.slice(0, 60) || "—";
}
