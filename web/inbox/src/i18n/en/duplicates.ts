import type { Text } from "../text.ts";

/** Doubles of clients: looking for them, merging, taking back. */
export const duplicates = {
  "error.CLIENT_MERGED": "One of these clients was merged meanwhile. Load it anew.",
  "error.MERGE_CONFLICT": "The clients differ. Choose whose value stays: {fields}",
  "error.MERGE_NOT_FOUND": "There is no such merge.",
  "error.MERGE_TOO_OLD": "A merge can be taken back for 30 days only.",
  "error.DUPLICATE_SEARCH_NOT_FOUND": "There is no such search any more. Start a new one.",
  "error.DUPLICATE_SEARCH_RUNNING": "A search for doubles goes on already.",
} satisfies Record<string, Text>;
