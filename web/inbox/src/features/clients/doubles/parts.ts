import { withTexts } from "../../../i18n/index.ts";
import { part } from "../../../ui/part.ts";

// Fetched when they are wanted, with their words.

export const CandidatesDialog = part(() => withTexts(import("./CandidatesDialog.tsx"), "doubles").then(({ CandidatesDialog: component }) => component));
export const DoublesPage = part(() => withTexts(import("./DoublesPage.tsx"), "doubles", "personal").then(({ DoublesPage: component }) => component));
