import type { Where } from "../../shared/envelope.ts";
import type { Hello, Msg, Page, Touch } from "../../shared/protocol.ts";
import { unmarked } from "../../loader/touches.ts";

/** Where the visitor is, and came from, as far as it may leave the browser: without consent only the page, without what led to it. */
export class Trace {
  page: Page | undefined;
  #touch: Touch | undefined;
  /** Whether the server was told of a consent by this line's `hello`. */
  #told: boolean | undefined;

  moved({ page: { url, title, ref }, origin }: Where): void {
    this.#touch = origin || undefined;
    this.page = this.#allowed({ url: url.slice(0, 2000), ref: ref.slice(0, 2000), title: title.slice(0, 300) });
  }

  hello(): Pick<Hello, "page" | "touch" | "storage_consent"> {
    this.#told = this.#consent;
    return { page: this.page, touch: this.#touch, storage_consent: this.#consent };
  }

  /** As it may go now, whenever it was written. `alone`: no `hello` goes before it. */
  message(msg: Msg, alone: boolean): Msg {
    const anew = alone || this.#told !== this.#consent;
    return { ...msg, page: msg.page && this.#allowed(msg.page), ...(anew && { touch: this.#touch, storage_consent: this.#consent }) };
  }

  get #consent(): boolean {
    return this.#touch !== undefined;
  }

  #allowed(page: Page): Page {
    return this.#consent ? page : { ...page, url: unmarked(page.url), ref: "" };
  }
}
