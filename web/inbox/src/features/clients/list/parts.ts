import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

/** Fetched with the filter, with its words. */
export const OwnFilters = part(() => withTexts(import("./OwnFilters.tsx"), "own").then(({ OwnFilters: component }) => component));
