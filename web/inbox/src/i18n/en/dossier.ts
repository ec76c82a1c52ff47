import type { Text } from "../text.ts";

export const dossier = {
  "dossier.of": "Dossier: {name}",
  "dossier.print": "Print",
  "dossier.close": "Close",
  "dossier.made": "Made {at}, {name}",
  "dossier.dialogs": "Dialogs",
} satisfies Record<string, Text>;
