import type { dossier as en } from "../en/dossier.ts";
import type { Text } from "../text.ts";

export const dossier = {
  "dossier.of": "Досье: {name}",
  "dossier.print": "Напечатать",
  "dossier.close": "Закрыть",
  "dossier.made": "Составлено {at}, {name}",
  "dossier.dialogs": "Диалоги",
} satisfies Record<keyof typeof en, Text>;
