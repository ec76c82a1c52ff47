import type { Text } from "../text.ts";

export const own = {
  "own.state": "{name}: condition",
  "own.state.own": "by its value",
  "own.state.filled": "filled in",
  "own.state.empty": "not filled in",
  "own.contains": "Contains",
  "own.from": "From",
  "own.to": "To",
  "own.most": "At most {n} conditions on own fields.",
} satisfies Record<string, Text>;
