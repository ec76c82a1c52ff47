import { ENVELOPE, type Enveloped, type ToFrame, type ToLoader } from "../../shared/envelope.ts";

/** The talk with the loader on the site's page: only with the window above, only with the origin that it named and the browser confirms. */
export class Bridge {
  /** The site's. */
  readonly origin: string;

  constructor(
    readonly above: Window,
    address: string,
    tell: (message: ToFrame) => void,
  ) {
    this.origin = siteOf(address);
    addEventListener("message", (event: MessageEvent<Enveloped<ToFrame>>) => {
      if (event.source !== above || event.origin !== this.origin || event.data?.okno !== ENVELOPE) return;
      tell(event.data);
    });
  }

  post(message: ToLoader): void {
    if (this.origin) this.above.postMessage({ okno: ENVELOPE, ...message }, this.origin);
  }
}

/** The site's origin stands behind `#`. A false one gets nothing: the browser delivers to the true one only. */
function siteOf(address: string): string {
  try {
    const { origin } = new URL(new URL(address).hash.slice(1));
    return origin === "null" ? "" : origin;
  } catch {
    return "";
  }
}
