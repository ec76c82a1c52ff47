import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

/** Fetched with the first card, with its words. */
export const CardPotential = part(() => withTexts(import("./CardPotential.tsx"), "potential").then(({ CardPotential: component }) => component));
