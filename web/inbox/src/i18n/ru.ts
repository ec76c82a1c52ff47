import { common } from "./ru/common.ts";
import { reasons } from "./ru/reasons.ts";

/** What every screen needs; the rest comes with its screen, see `parts.ts`. */
export const ru = { ...common, ...reasons };
