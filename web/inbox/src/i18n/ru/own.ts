import type { own as en } from "../en/own.ts";
import type { Text } from "../text.ts";

export const own = {
  "own.state": "{name}: условие",
  "own.state.own": "по значению",
  "own.state.filled": "заполнено",
  "own.state.empty": "не заполнено",
  "own.contains": "Содержит",
  "own.from": "От",
  "own.to": "До",
  "own.most": "Не больше {n} условий на свои поля.",
} satisfies Record<keyof typeof en, Text>;
