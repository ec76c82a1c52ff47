import type { Message } from "../../shared/protocol.ts";
import { t } from "../i18n/index.ts";

const GATHER_MS = 300;

/**
 * Says to a screen reader what is new, and only that: the log itself is silent, or each of the visitor's own messages would have
 * the whole history read out again.
 */
export class Announcer {
  readonly #node = document.createElement("div");
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #odd = false;

  constructor() {
    this.#node.className = "hidden";
    this.#node.role = "status";
    this.#node.dataset["testid"] = "announcer";
    document.body.append(this.#node);
  }

  message({ author, text, files }: Message): void {
    this.say(t("say.new", { author: author || t("chat.staff"), text: text || files[0]?.name || t("say.file") }));
  }

  say(text: string): void {
    this.#waiting.push(text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // The same words twice are another announcement only if the text differs.
      this.#odd = !this.#odd;
      this.#node.textContent = this.#waiting.splice(0).join(". ") + (this.#odd ? "\u200b" : "");
    }, GATHER_MS);
  }
}
