import { common } from "./en/common.ts";
import { reasons } from "./en/reasons.ts";

/** What every screen needs; the rest comes with its screen, see `parts.ts`. */
export const en = { ...common, ...reasons };
