import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

/** Fetched when it is wanted, with its words. */
export const EraseDialog = part(() => withTexts(import("./EraseDialog.tsx"), "personal").then(({ EraseDialog: component }) => component));
