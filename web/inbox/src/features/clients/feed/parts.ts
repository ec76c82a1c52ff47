import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

/** Fetched with the card that shows it, with its words. */
export const Feed = part(() => withTexts(import("./Feed.tsx"), "feed").then(({ Feed: component }) => component));
