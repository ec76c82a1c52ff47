import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

/** Fetched when it is wanted, with its words. */
/** What a client has agreed to; on the card. */
export const Consents = part(() => withTexts(import("./Consents.tsx"), "personal").then(({ Consents: component }) => component));
export const ExportDialog = part(() => withTexts(import("./ExportDialog.tsx"), "personal").then(({ ExportDialog: component }) => component));
export const EraseDialog = part(() => withTexts(import("./EraseDialog.tsx"), "personal").then(({ EraseDialog: component }) => component));
