/** The blocks of the customer's panel that have a place of their own, in the order they come in. */
export const BLOCKS = ["contacts", "request", "dialogs", "past", "form", "source"] as const;

export type BlockName = (typeof BLOCKS)[number];

/** The order that somebody chose; what it does not name, and what is new since, follows in its usual order. */
export function orderOf(chosen: string): BlockName[] {
  const named = chosen.split(",").filter(isBlock);
  return [...new Set([...named, ...BLOCKS])];
}

/** The order with one block a place further up or down among those that are shown; the hidden ones keep their places. */
export function moved(order: readonly BlockName[], shown: readonly BlockName[], name: BlockName, by: -1 | 1): BlockName[] {
  const next = [...shown];
  const at = next.indexOf(name);
  const other = next[at + by];
  if (at < 0 || other === undefined) return [...order];
  next[at + by] = name;
  next[at] = other;
  const queue = [...next];
  return order.map((block) => (shown.includes(block) ? (queue.shift() ?? block) : block));
}

function isBlock(name: string): name is BlockName {
  return (BLOCKS as readonly string[]).includes(name);
}
