import type { LocalText } from "../../gen/okno/channel/v1/gateway_pb.ts";
import { localText } from "./localText.ts";

/** What went wrong: our own words in the reader's language, else the provider's as they came. */
export function problemWords(said: { problem: string; problemText?: LocalText | undefined } | undefined): string {
  return localText(said?.problemText) || (said?.problem ?? "");
}
