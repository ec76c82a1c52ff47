import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

// Fetched when they are wanted, with their words.

export const Links = part(() => withTexts(import("./Links.tsx"), "links").then(({ Links: component }) => component));
export const ReverseName = part(() => withTexts(import("./ReverseName.tsx"), "links").then(({ ReverseName: component }) => component));
