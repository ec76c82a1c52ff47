import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

// Fetched when they are wanted, with their words.

export const ImportsPage = part(() => withTexts(import("./ImportsPage.tsx"), "imports").then(({ ImportsPage: component }) => component));
export const ExportDialog = part(() => withTexts(import("./ExportDialog.tsx"), "imports").then(({ ExportDialog: component }) => component));
